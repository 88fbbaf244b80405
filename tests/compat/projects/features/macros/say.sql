{#- speaks -#}
{% macro say(text, loud=false) -%}
select '{{ text }}' as said
{%- endmacro %}

{% macro cents(column) %}({{ column }} * 100){% endmacro %}

{% macro features__greet(name) %}'{{ var('greeting', 'hi') }} {{ name }}'{% endmacro %}

{% macro calls_many() %}
  {{ cents('1') }} {{ say('x') }} {{ helper.greet('y') }} {{ dbt.type_string() }}
{% endmacro %}
