{% macro change() %}{% do run_query('alter table ' ~ target.schema ~ '.a rename column v to w') %}{% endmacro %}
