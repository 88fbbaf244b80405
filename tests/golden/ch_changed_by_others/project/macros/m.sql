{% macro change(sql) %}{% do run_query(sql) %}{% endmacro %}
