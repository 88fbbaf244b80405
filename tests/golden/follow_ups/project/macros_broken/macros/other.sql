{% macro both(column) %}{{ euros(column) }}{{ centts(column) }}{% endmacro %}
{% macro wrong() %}{{ ref(nothing) }}{% endmacro %}
