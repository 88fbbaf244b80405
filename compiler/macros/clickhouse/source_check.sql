{#- starc source check on ClickHouse: aliases of types, as `int`, have one name. -#}
{% macro clickhouse__starc_check_type(type) -%}
  {%- call statement('type', fetch_result=true) -%}
    select toTypeName(defaultValueOfTypeName({{ starc_ch_text(type) }}))
  {%- endcall -%}
  {{ return(load_result('type').data[0][0]) }}
{%- endmacro %}
