{% macro ratio(of) %}
  {% if execute %}{% do run_query("select " ~ of ~ " / 0") %}{% endif %}
{% endmacro %}
