{#- Snapshots: a run on a table that is there. In: the query and the states that hold. Out: the staging
    table, which has the changes, and the statements that bring them in.

    A row of the staging table is a change: `insert` is a new state, which ends dbt_old_state if it has
    one, `delete` ends dbt_old_state without a successor; what ends, ends at dbt_valid_from. A project
    that has a snapshot_staging_table or snapshot_merge_sql of its own gets the rows that dbt has, where
    an old state ends by an `update` row beside the `insert` row. -#}

{#- Whether a state of the table holds. -#}
{% macro starc_snapshot_is_current(prefix, columns) -%}
  {%- set end = (prefix ~ '.' if prefix else '') ~ columns.dbt_valid_to -%}
  {%- set current = config.get('dbt_valid_to_current') -%}
  {%- if current -%}
    ({{ equals(end, current | trim) | trim }} or {{ end }} is null)
  {%- else -%}
    {{ end }} is null
  {%- endif -%}
{%- endmacro %}

{#- The key as columns of known names, so that a key may be an expression. -#}
{% macro unique_key_fields(unique_key) -%}
  {%- if unique_key is string -%}
    {{ unique_key }} as dbt_unique_key
  {%- else -%}
    {%- for key in unique_key -%}
      {{ key }} as dbt_unique_key_{{ loop.index }}{{ ', ' if not loop.last }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro unique_key_join_on(unique_key, identifier, from_identifier) -%}
  {%- if unique_key is string -%}
    {{ identifier }}.dbt_unique_key = {{ from_identifier }}.dbt_unique_key
  {%- else -%}
    {%- for key in unique_key -%}
      {%- set name = 'dbt_unique_key_' ~ loop.index -%}
      {{ identifier }}.{{ name }} = {{ from_identifier }}.{{ name }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{#- Whether an outer join found nothing: keys are never NULL, so one column tells. -#}
{% macro unique_key_is_null(unique_key, identifier) -%}
  {{ identifier }}.dbt_unique_key{{ '' if unique_key is string else '_1' }} is null
{%- endmacro %}
{% macro unique_key_is_not_null(unique_key, identifier) -%}
  {{ identifier }}.dbt_unique_key{{ '' if unique_key is string else '_1' }} is not null
{%- endmacro %}

{#- What both shapes of the staging table read: changed_rows, a row of the query for each key that is
    new or changed, with the state that it ends, and gone_rows, the states whose key is not in the
    query any more (only if hard_deletes looks for them). -#}
{% macro starc_snapshot_sources(strategy, source_sql, target_relation, own) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set key = strategy.unique_key -%}
  {%- set keys = starc_snapshot_key_names(key) -%}
  {%- set keeps_deletes = strategy.hard_deletes == 'new_record' -%}
  {%- set was_deleted = 'snapshotted_data.' ~ columns.dbt_is_deleted ~ " = 'True'" -%}
  with snapshot_query as (
    {{ source_sql }}
  ),

  snapshotted_data as (
    select *, {{ unique_key_fields(key) }}
    from {{ target_relation.render() }}
    where {{ starc_snapshot_is_current('', columns) }}
  ),

  source_rows as (
    select *, {{ unique_key_fields(key) }}
    from snapshot_query
  ),

  new_states as (
    select
      *,
      {{ strategy.updated_at }} as dbt_new_time,
      {{ strategy.scd_id }} as dbt_new_state,
      {{ get_dbt_valid_to_current(strategy, columns) }}
    from source_rows
  ),

  changed_rows as (
    select
      {%- for name in own + keys %}
      source_data.{{ name }},
      {%- endfor %}
      source_data.dbt_new_time,
      source_data.dbt_new_state,
      source_data.{{ columns.dbt_valid_to }} as dbt_new_end,
      {%- if keeps_deletes %}
      snapshotted_data.{{ columns.dbt_is_deleted }} as dbt_old_is_deleted,
      {%- endif %}
      snapshotted_data.{{ columns.dbt_scd_id }} as dbt_old_state,
      {{ unique_key_is_not_null(key, 'snapshotted_data') }} as dbt_old_found
    from new_states as source_data
    left join snapshotted_data on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
    where {{ unique_key_is_null(key, 'snapshotted_data') }} or ({{ strategy.row_changed }}{{ ' or ' ~ was_deleted
        if keeps_deletes }})
    {{ starc_snapshot_fence() }}
  )
  {%- if starc_snapshot_sees_deletes(strategy) %}
  {%- set have = [] -%}
  {%- for column in (adapter.get_columns_in_relation(target_relation) if keeps_deletes else []) -%}
    {%- do have.append(adapter.quote(column.name)) -%}
  {%- endfor %},

  gone_rows as (
    select
      {%- for name in own %}
      {{ 'snapshotted_data' if name in have else 'source_data' }}.{{ name }},
      {%- endfor %}
      {%- for name in keys %}
      snapshotted_data.{{ name }},
      {%- endfor %}
      snapshotted_data.{{ columns.dbt_valid_to }} as dbt_old_end,
      {%- if keeps_deletes %}
      snapshotted_data.{{ columns.dbt_is_deleted }} as dbt_old_is_deleted,
      {%- endif %}
      snapshotted_data.{{ columns.dbt_scd_id }} as dbt_old_state
    from snapshotted_data
    left join source_rows as source_data on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
    where {{ unique_key_is_null(key, 'source_data') }}
      {%- if keeps_deletes %}
      and not ({{ was_deleted }})
      {%- endif %}
  )
  {%- endif %}
{%- endmacro %}

{#- What keeps a database from moving expressions out of a part of a query; nothing where it does not. -#}
{% macro starc_snapshot_fence() %}
  {{- return(adapter.dispatch('starc_snapshot_fence', 'dbt')()) -}}
{% endmacro %}
{% macro default__starc_snapshot_fence() %}
  {{- return('') -}}
{% endmacro %}

{#- The columns of the query, quoted. -#}
{% macro starc_snapshot_query_columns(source_sql) %}
  {%- set own = [] -%}
  {%- for name in get_columns_in_query(source_sql) -%}
    {%- do own.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{ return(own) }}
{% endmacro %}

{#- The staging table: a row for each change. -#}
{% macro starc_snapshot_changes(strategy, source_sql, target_relation) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set own = starc_snapshot_query_columns(source_sql) -%}
  {%- set keeps_deletes = strategy.hard_deletes == 'new_record' -%}
  {%- set now = snapshot_get_time() -%}
  {{ starc_snapshot_sources(strategy, source_sql, target_relation, own) }}

  select
    'insert' as dbt_change_type,
    {{ own | join(', ') }},
    dbt_new_time as {{ columns.dbt_updated_at }},
    dbt_new_time as {{ columns.dbt_valid_from }},
    dbt_new_end as {{ columns.dbt_valid_to }},
    dbt_new_state as {{ columns.dbt_scd_id }},
    {%- if keeps_deletes %}
    'False' as {{ columns.dbt_is_deleted }},
    {%- endif %}
    dbt_old_state
  from changed_rows
  {%- if starc_snapshot_sees_deletes(strategy) %}
  union all
  select
    '{{ 'insert' if keeps_deletes else 'delete' }}',
    {{ own | join(', ') }},
    {{ now }},
    {{ now }},
    dbt_old_end,
    {{ snapshot_hash_arguments(['dbt_old_state', now]) if keeps_deletes else 'dbt_old_state' }},
    {%- if keeps_deletes %}
    'True',
    {%- endif %}
    dbt_old_state
  from gone_rows
  {%- endif %}
{%- endmacro %}

{#- Brings the rows of starc_snapshot_changes in. -#}
{% macro starc_snapshot_bring_in(target, source, insert_cols) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  update {{ target.render() }} as DBT_INTERNAL_DEST
  set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_from }}
  from {{ source.render() }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.dbt_old_state = DBT_INTERNAL_DEST.{{ columns.dbt_scd_id }}
    and {{ starc_snapshot_is_current('DBT_INTERNAL_DEST', columns) }};

  insert into {{ target.render() }} ({{ insert_cols | join(', ') }})
  select {{ insert_cols | join(', ') }}
  from {{ source.render() }}
  where dbt_change_type = 'insert'
{%- endmacro %}

{#- The staging table as dbt has it: an `update` or `delete` row beside for each state that ends. -#}
{% macro snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {{ return(adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation)) }}
{%- endmacro %}
{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set own = starc_snapshot_query_columns(source_sql) -%}
  {%- set shown = (own + starc_snapshot_key_names(strategy.unique_key)) | join(', ') -%}
  {%- set keeps_deletes = strategy.hard_deletes == 'new_record' -%}
  {%- set now = snapshot_get_time() -%}
  {{ starc_snapshot_sources(strategy, source_sql, target_relation, own) }}

  select
    kinds.dbt_change_type,
    {{ shown }},
    dbt_new_time as {{ columns.dbt_updated_at }},
    dbt_new_time as {{ columns.dbt_valid_from }},
    case when kinds.dbt_change_type = 'insert' then dbt_new_end else dbt_new_time end as {{ columns.dbt_valid_to }},
    case when kinds.dbt_change_type = 'insert' then dbt_new_state else dbt_old_state end as {{ columns.dbt_scd_id }}
    {%- if keeps_deletes %},
    case when kinds.dbt_change_type = 'insert' then 'False' else dbt_old_is_deleted end as {{ columns.dbt_is_deleted }}
    {%- endif %}
  from changed_rows
  inner join (select 'insert' as dbt_change_type union all select 'update' as dbt_change_type) as kinds
    on kinds.dbt_change_type = 'insert' or dbt_old_found
  {%- if starc_snapshot_sees_deletes(strategy) %}
  union all
  select 'delete', {{ shown }}, {{ now }}, {{ now }}, {{ now }}, dbt_old_state{{ ', dbt_old_is_deleted'
      if keeps_deletes }}
  from gone_rows
  {%- endif %}
  {%- if keeps_deletes and starc_snapshot_sees_deletes(strategy) %}
  union all
  select 'insert', {{ shown }}, {{ now }}, {{ now }}, dbt_old_end, {{ snapshot_hash_arguments(['dbt_old_state',
      now]) }}, 'True'
  from gone_rows
  {%- endif %}
{%- endmacro %}

{#- Whether the project or a package has a macro in the place of this one. -#}
{% macro starc_is_overridden(name) %}
  {%- set chosen = adapter.dispatch(name, 'dbt') -%}
  {{ return(context[name] != dbt[name] or chosen not in [dbt[adapter.type() ~ '__' ~ name], dbt['default__' ~ name]]) }}
{% endmacro %}

{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
  {%- set staging = make_temp_relation(target_relation) -%}
  {%- set as_in_dbt = starc_is_overridden('snapshot_staging_table') or starc_is_overridden('snapshot_merge_sql') -%}
  {%- set query = snapshot_staging_table if as_in_dbt else starc_snapshot_changes -%}
  {%- call statement('build_snapshot_staging_relation') -%}
    {{ get_create_table_as_sql(true, staging, query(strategy, sql, target_relation)) }}
  {%- endcall -%}
  {{ return(staging) }}
{% endmacro %}

{% macro create_columns(relation, columns) %}
  {{ return(adapter.dispatch('create_columns', 'dbt')(relation, columns)) }}
{% endmacro %}
{% macro default__create_columns(relation, columns) %}
  {%- for column in columns -%}
    {%- call statement() -%}
      alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.starc_type
          or column.expanded_data_type }}
    {%- endcall -%}
  {%- endfor -%}
{% endmacro %}

{% macro snapshot_merge_sql(target, source, insert_cols) -%}
  {{ return(adapter.dispatch('snapshot_merge_sql', 'dbt')(target, source, insert_cols)) }}
{%- endmacro %}
{% macro default__snapshot_merge_sql(target, source, insert_cols) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set listed = insert_cols | join(', ') -%}
  merge into {{ target.render() }} as DBT_INTERNAL_DEST
  using {{ source.render() }} as DBT_INTERNAL_SOURCE
  on DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }} = DBT_INTERNAL_DEST.{{ columns.dbt_scd_id }}
  when matched
    and {{ starc_snapshot_is_current('DBT_INTERNAL_DEST', columns) }}
    and DBT_INTERNAL_SOURCE.dbt_change_type in ('update', 'delete')
    then update set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
  when not matched
    and DBT_INTERNAL_SOURCE.dbt_change_type = 'insert'
    then insert ({{ listed }}) values ({{ listed }})
{%- endmacro %}

{% macro post_snapshot(staging_relation) %}
  {{ return(adapter.dispatch('post_snapshot', 'dbt')(staging_relation)) }}
{% endmacro %}
{% macro default__post_snapshot(staging_relation) %}
{% endmacro %}
