{% test above(model, least, column=none, column_name=none) %}
select * from {{ model }} where {{ column or column_name }} < {{ least }}
{% endtest %}
{% macro note(what) %}insert into {{ target.schema }}.noted select '{{ what }}'{% endmacro %}
{% macro make_noted() %}create table if not exists {{ target.schema }}.noted (what String) engine = MergeTree order by what{% endmacro %}
{% macro told(name='nobody') %}{% do print('told ' ~ name) %}{% endmacro %}
{% macro asked() %}{% do print(run_query('select count(*) as n from ' ~ ref('raw_orders')).columns[0].values()[0]) %}{% endmacro %}
{% macro empties(name) %}{% do run_query('truncate table ' ~ target.schema ~ '.' ~ name) %}{% endmacro %}
{% macro cannot() %}{% do run_query('select nothing_like_it') %}{% endmacro %}
