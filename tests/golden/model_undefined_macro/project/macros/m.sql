{% macro cent(c) %}{{ c }} / 100{% endmacro %}
