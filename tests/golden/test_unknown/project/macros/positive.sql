{% test positive(model, column_name) %}
{{ return(adapter.dispatch('test_positive')(model, column_name)) }}
{% endtest %}
{% macro snowflake__test_positive(model, column_name) %}select 1{% endmacro %}
