{% macro outer_one(c) %}{{ inner_one(c) }}{% endmacro %}

{% macro inner_one(c) %}
  {{ c + 1 }}
{% endmacro %}
