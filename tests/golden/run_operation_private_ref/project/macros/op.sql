{% macro op() %}{{ log(ref('p'), info=true) }}{% endmacro %}
