{#- check on ClickHouse: in an engine of its own, where tables are made with `empty as`, which looks
    at the query, the keys and the settings, and runs nothing. -#}
{% macro clickhouse__starc_check_relation(relation, sql) -%}
  {%- if config.get('materialized') in ['table', 'incremental', 'snapshot'] %}
  create table {{ relation.render() }}
  {{ starc_ch_storage(relation) }}
  empty as (
    {{ sql }}
  )
  {%- else %}
  create view {{ relation.render() }} as (
    {{ sql }}
  )
  {%- endif %}
{%- endmacro %}

{#- An engine that takes `final`. -#}
{% macro clickhouse__starc_check_columns_as_table(relation, columns) -%}
  {{ default__starc_check_columns_as_table(relation, columns) }}
  engine = ReplacingMergeTree order by tuple()
{%- endmacro %}

{% macro clickhouse__starc_check_made_columns(schemas) -%}
  {%- call statement('made_columns', fetch_result=true, auto_begin=false) -%}
    select database, table, name, type
    from system.columns
    where database in ({% for schema in schemas %}{{ starc_ch_text(schema) }}{{ ', ' if not loop.last }}{% endfor %})
    order by database, table, position
  {%- endcall -%}
  {{ return(load_result('made_columns').data) }}
{%- endmacro %}
