{% macro greet(name='you') %}{{ return(adapter.dispatch('greet', 'helper')(name)) }}{% endmacro %}
{% macro default__greet(name) %}'{{ var('greeting') }} {{ name }}'{% endmacro %}
{% test at_least(model, column_name, least=0) %}
select * from {{ model }} where {{ column_name }} < {{ least }}
{% endtest %}
