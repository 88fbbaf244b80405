{% macro cents_to_euros(c) %}{{ c }} / 100{% endmacro %}
