{#- A materialized view may have several queries, and may write into the table of another node. -#}
{% macro clickhouse__starc_lineage_queries(sql) -%}
  {%- if config.get('materialized') != 'materialized_view' -%}
    {{ return(default__starc_lineage_queries(sql)) }}
  {%- endif -%}
  {%- set into = starc_ch_check_target(sql) -%}
  {{ return({'queries': [sql] if into else clickhouse__extract_mv_views(sql).values() | list, 'into': into}) }}
{%- endmacro %}
