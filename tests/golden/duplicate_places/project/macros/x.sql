{% macro x() %}{% endmacro %}
