{#- starc_check on ClickHouse: in an engine of its own, where tables are made with `empty as`, which
    looks at the query, the keys and the settings, and runs nothing. -#}

{#- What only a cluster or a server has: replicas, policies of storage. -#}
{% macro starc_ch_check_storage(relation) -%}
  {%- set paths = "\\(\\s*'[^']*'\\s*,\\s*'[^']*'\\s*,?" -%}
  {%- set single = modules.re.sub('Replicated(\\w*MergeTree)\\s*' ~ paths, '\\1(', starc_ch_storage(relation)) -%}
  {%- set plain = modules.re.sub('Replicated(\\w*MergeTree)', '\\1', single) -%}
  {{ modules.re.sub("storage_policy\\s*=\\s*'[^']*'", "storage_policy = 'default'", plain) }}
{%- endmacro %}

{#- A dictionary without a source: its attributes are known, and nothing is read. -#}
{% macro starc_ch_check_dictionary_text(relation) -%}
  {%- do starc_ch_check_dictionary() -%}
  create dictionary {{ relation.render() }} (
    {%- for field in config.get('fields') %}
    {{ field[0] }} {{ field[1] }}{{ ',' if not loop.last }}
    {%- endfor %}
  )
  primary key {{ starc_ch_columns(config.get('primary_key')) }}
  source(null())
  layout({{ config.get('layout') }})
  {% if config.get('lifetime') is not none %}lifetime({{ config.get('lifetime') }}){% endif %}
  {% if config.get('range') %}range({{ config.get('range') }}){% endif %}
{%- endmacro %}

{% macro clickhouse__starc_check_relation(relation, sql) -%}
  {%- if config.get('materialized') in ['table', 'incremental', 'snapshot'] %}
  create table {{ relation.render() }}
  {{ starc_ch_check_storage(relation) }}
  empty as (
    {{ sql }}
  )
  {%- elif config.get('materialized') == 'dictionary' %}
  {{ starc_ch_check_dictionary_text(relation) }}
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
