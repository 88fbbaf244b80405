{% macro twice(x) %}{{ x }} + {{ once(x) }}{% endmacro %}{% macro once(x) %}{{ x }}{% endmacro %}
