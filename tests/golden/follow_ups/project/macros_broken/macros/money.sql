{% macro cents(column) %}{{ column }} * 100{% endmacro %}
{% macro euros(column) %}{{ column }} / 100{% endmacr %}
{% test positive(model, column_name) %}select 1{% endtest %}
