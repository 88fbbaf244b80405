{% macro day_of(column) %}{{ as_date(column) }}{% endmacro %}
{% macro as_date(column) %}cast({{ column }} as date){% endmacro %}
