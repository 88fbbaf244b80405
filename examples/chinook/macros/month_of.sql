{# A macro is SQL that several models write. date_trunc is built in, and right for each database. #}
{% macro month_of(column) %}cast({{ dbt.date_trunc('month', column) }} as date){% endmacro %}
