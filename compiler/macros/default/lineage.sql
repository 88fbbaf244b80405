{#- What fills a node's relation, where it is not its text alone: {queries: texts, into: the name of another
    node's relation that they fill, or none}. -#}
{% macro starc_lineage_queries(sql) -%}
  {{ return(adapter.dispatch('starc_lineage_queries', 'dbt')(sql)) }}
{%- endmacro %}
{% macro default__starc_lineage_queries(sql) -%}
  {{ return({'queries': [starc_check_made(sql)], 'into': none}) }}
{%- endmacro %}
