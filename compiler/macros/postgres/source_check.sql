{#- starc source check on Postgres: types without their sizes, which a name of a type has not. -#}
{% macro postgres__starc_check_type(type) -%}
  {%- call statement('type', fetch_result=true) -%}
    select pg_catalog.format_type(pg_catalog.to_regtype({{ starc_pg_text(type) }})::oid, null)
  {%- endcall -%}
  {%- set name = load_result('type').data[0][0] -%}
  {{ return(none if name == '-' else name) }}
{%- endmacro %}
