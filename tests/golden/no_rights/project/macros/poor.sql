{% macro make_poor() %}
  {% do run_query("do $$ begin create role golden_poor login password 'golden_poor'; exception when duplicate_object then null; end $$") %}
{% endmacro %}
