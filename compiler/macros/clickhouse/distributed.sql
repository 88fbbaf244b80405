{#- ClickHouse: tables whose rows lie on the shards of a cluster. T is a Distributed table without
    rows of its own; those are in T_local (the profile's local_suffix) on each shard. -#}

{#- The table on each shard behind a distributed one. -#}
{% macro starc_ch_local(relation) -%}
  {{ return(relation.incorporate(path={
      'identifier': relation.identifier ~ adapter.get_clickhouse_local_suffix(),
      'schema': adapter.get_clickhouse_local_db_prefix() ~ relation.schema})) }}
{%- endmacro %}

{#- What a distributed materialization cannot do without. -#}
{% macro starc_ch_need_cluster(relation) -%}
  {%- if not on_cluster_clause(relation) | trim -%}
    {%- do exceptions.starc_config_error('materialized',
        'To use distributed materializations cluster setting in dbt profile must be set'
        ~ ', without a replicated database_engine and without disable_on_cluster') -%}
  {%- endif -%}
  {%- set query -%}
    select value from system.settings
    where name in ('insert_distributed_sync', 'distributed_foreground_insert') order by name desc limit 1
  {%- endset -%}
  {%- set sync = run_query(query) -%}
  {%- if sync.rows and sync.rows[0][0] | string != '1' -%}
    {%- do exceptions.starc_config_error('materialized',
        'To use distributed materialization setting insert_distributed_sync should be set to 1: '
        ~ 'an insert has to be on all shards when it returns') -%}
  {%- endif -%}
  {%- do validate_projections() -%}
{%- endmacro %}

{#- The rows of a run come into the local tables as parts. -#}
{% macro starc_ch_need_parts(engine) -%}
  {%- if 'MergeTree' not in engine -%}
    {%- do exceptions.starc_config_error('engine', 'the local tables of a distributed_incremental model have engine '
        ~ engine ~ ', which has no parts', 'use an engine of the MergeTree family') -%}
  {%- endif -%}
{%- endmacro %}

{#- The text that makes the Distributed table over the local ones. -#}
{% macro create_distributed_table(relation, local_relation) -%}
  {%- set cluster = adapter.get_clickhouse_cluster_name() -%}
  {%- if not cluster -%}
    {%- do exceptions.starc_config_error('materialized',
        'Cluster name should be defined for using distributed materializations, current is None') -%}
  {%- endif -%}
  {%- set sharding = config.get('sharding_key') or 'rand()' -%}
  {%- if sharding is not string -%}
    {%- set columns = sharding | join(', ') -%}
    {%- set sharding = 'cityHash64(' ~ columns ~ ')' if sharding | length > 1 else columns -%}
  {%- endif -%}
  create or replace table {{ relation.render() }} {{ on_cluster_clause(relation) }} as {{ local_relation.render() }}
  engine = Distributed({{ starc_ch_text(cluster[1:-1]) }}, {{ starc_ch_text(local_relation.schema) }}, {{
    starc_ch_text(local_relation.identifier) }}, {{ sharding }})
{%- endmacro %}

{#- The text that makes an empty local table: its columns come from a query or from a relation. -#}
{% macro create_empty_table_from_relation(relation, source_relation, sql=none) -%}
  {%- set columns = adapter.get_column_schema_from_query(sql, query_settings=config.get('query_settings')) if sql
      else adapter.get_columns_in_relation(source_relation) -%}
  {%- set parts = [] -%}
  {%- for column in columns -%}
    {%- set given = model['columns'].get(column.name, {}) -%}
    {%- do parts.append(adapter.quote(column.name) ~ ' ' ~ (column.starc_type or column.data_type) ~ ' '
        ~ codec_clause(given.get('codec'))
        ~ (' ttl ' ~ given.get('ttl') if given.get('ttl') else '')) -%}
  {%- endfor -%}
  {%- for projection in config.get('projections') or [] -%}
    {%- do parts.append(clickhouse_projection_ddl(projection)) -%}
  {%- endfor -%}
  {%- for index in config.get('indexes') or [] -%}
    {%- do parts.append('index ' ~ index.name ~ ' ' ~ index.definition) -%}
  {%- endfor -%}
  {{ config.get('sql_header') or '' }}
  create table {{ relation.render() }} {{ on_cluster_clause(relation) }} (
    {{ parts | join(',\n    ') }}
  )
  {{ starc_ch_storage(relation) }}
{%- endmacro %}

{#- A distributed table over an empty local one, both anew; filled where a query is given. -#}
{% macro create_distributed_local_table(distributed_relation, shard_relation, structure_relation, sql_query=none,
    has_contract=false) -%}
  {%- do drop_relation_if_exists(load_cached_relation(shard_relation)) -%}
  {%- do drop_relation_if_exists(load_cached_relation(distributed_relation)) -%}
  {%- do create_schema(shard_relation.without_identifier()) -%}
  {%- do run_query(create_empty_table_from_relation(shard_relation, structure_relation, sql_query)) -%}
  {%- do adapter.cache_added(shard_relation) -%}
  {%- do run_query(create_distributed_table(distributed_relation, shard_relation)) -%}
  {%- do adapter.cache_added(distributed_relation) -%}
  {%- if sql_query is not none -%}
    {%- do run_query(clickhouse__insert_into(distributed_relation, sql_query, has_contract)) -%}
  {%- endif -%}
{%- endmacro %}

{#- Drops what a killed run left beside the table and beside its local one. -#}
{% macro starc_ch_drop_distributed_leftovers(target, local) -%}
  {%- do starc_drop_leftovers(target) -%}
  {%- do starc_drop_leftovers(local) -%}
  {%- do drop_relation_if_exists(load_cached_relation(starc_ch_new_data(target))) -%}
  {%- do drop_relation_if_exists(load_cached_relation(starc_ch_new_data(local))) -%}
{%- endmacro %}

{#- Builds local tables and a distributed one beside, filled, and swaps the local ones in: the
    distributed table finds them by name. Then the distributed table is replaced, since its columns
    may be others. -#}
{% macro starc_ch_build_distributed(target, local, existing, existing_local) -%}
  {%- set contract = config.get('contract', {}).get('enforced') -%}
  {%- set built = make_intermediate_relation(target) -%}
  {%- set built_local = make_intermediate_relation(local) -%}
  {%- if contract -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {%- do create_schema(local.without_identifier()) -%}
  {%- do run_query(create_empty_table_from_relation(built_local, none, sql)) -%}
  {%- do adapter.cache_added(built_local) -%}
  {%- do run_query(create_distributed_table(built, built_local)) -%}
  {%- do adapter.cache_added(built) -%}
  {% call statement('main') -%}
    {{ clickhouse__insert_into(built, sql, contract) }}
  {%- endcall %}
  {%- do starc_ch_put_distributed(target, local, existing, existing_local, built, built_local) -%}
{%- endmacro %}

{% macro starc_ch_put_distributed(target, local, existing, existing_local, built, built_local) -%}
  {%- do starc_swap_in(existing_local, built_local, local) -%}
  {%- if existing is not none and not existing.is_table -%}
    {%- do adapter.drop_relation(existing) -%}
  {%- endif -%}
  {%- do run_query(create_distributed_table(target, local)) -%}
  {%- do adapter.cache_added(target) -%}
  {%- do drop_relation_if_exists(load_cached_relation(built)) -%}
{%- endmacro %}

{% materialization distributed_table, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- do starc_ch_need_cluster(target_relation) -%}
  {%- set local = starc_ch_local(target_relation) -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set existing_local = load_cached_relation(local) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_ch_drop_distributed_leftovers(target_relation, local) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- do starc_ch_build_distributed(target_relation, local, existing, existing_local) -%}

  {%- do starc_finish_relation(existing, target_relation) -%}
  {%- do apply_grants(local, config.get('grants'), should_revoke=should_revoke(existing_local, true)) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization distributed_incremental, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- do starc_ch_need_cluster(target_relation) -%}
  {%- do starc_ch_need_parts(config.get('engine', 'MergeTree()')) -%}
  {%- set local = starc_ch_local(target_relation) -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set existing_local = load_cached_relation(local) -%}
  {%- do incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set keys = starc_key_columns(config.get('unique_key')) -%}
  {%- set strategy = starc_ch_strategy(keys, config.get('predicates') or config.get('incremental_predicates') or []) -%}
  {%- set predicates = starc_ch_predicates(strategy) -%}
  {%- set rebuild = existing_local is none or should_full_refresh()
      or (existing is not none and not existing.is_table) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- if existing is none and not rebuild -%}
    {#- The rows are on the shards still: only the table over them is missing. -#}
    {%- do run_query(create_distributed_table(target_relation, local)) -%}
    {%- do adapter.cache_added(target_relation) -%}
  {%- endif -%}
  {%- do starc_ch_take_over_new_data(target_relation, starc_ch_new_data(target_relation), keys, rebuild,
      marked=starc_ch_new_data(local)) -%}
  {%- do starc_ch_drop_distributed_leftovers(target_relation, local) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if rebuild -%}
    {%- do starc_ch_build_distributed(target_relation, local, existing, existing_local) -%}
  {%- else -%}
    {%- do starc_ch_increment(strategy, target_relation, keys, predicates, true) -%}
  {%- endif -%}

  {%- do starc_finish_relation(existing, target_relation, rebuild) -%}
  {%- do apply_grants(local, config.get('grants'), should_revoke=should_revoke(existing_local, rebuild)) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
