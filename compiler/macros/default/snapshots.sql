{#- Snapshots: how the rows of a query change over time. In: a query with a key, and what tells that
    a row changed. Out: a table with a row for each state of each key, and from when to when it held.

    Each run finds the changes first, in a table beside (the staging table), and then brings them in
    at once. A row of it is a change: `insert` is a new state, which ends dbt_old_state if it has one,
    `delete` ends dbt_old_state without a successor; what ends, ends at dbt_valid_from. A project that
    has a snapshot_staging_table or snapshot_merge_sql of its own gets the rows that dbt has, where an
    old state ends by an `update` row beside the `insert` row. -#}

{% materialization snapshot, default %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- if existing is not none and not existing.is_table -%}
    {%- do exceptions.relation_wrong_type(existing, 'table') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set strategy_macro = strategy_dispatch(config.get('strategy')) -%}
  {%- set strategy = strategy_macro(model, 'snapshotted_data', 'source_data', model.config, existing is not none) -%}
  {%- if existing is none -%}
    {%- set query = build_snapshot_table(strategy, sql) -%}
    {%- do check_time_data_types(query) -%}
    {% call statement('main') -%}
      {{ get_create_table_as_sql(false, target_relation, query) }}
    {%- endcall %}
    {%- do snapshot_check_first(strategy, target_relation) -%}
    {%- do create_indexes(target_relation) -%}
  {%- else -%}
    {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    {%- do adapter.assert_valid_snapshot_target_given_strategy(target_relation, columns, strategy) -%}
    {%- do check_time_data_types(build_snapshot_table(strategy, sql)) -%}
    {%- set staging = build_snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- do snapshot_check_keys(strategy, staging, "dbt_change_type = 'insert'") -%}
    {%- do adapter.expand_target_column_types(from_relation=staging, to_relation=target_relation) -%}
    {%- set own = snapshot_staging_columns(strategy.unique_key) -%}
    {%- do create_columns(target_relation, snapshot_without(adapter.get_missing_columns(staging, target_relation), own)) -%}
    {%- set staged = adapter.get_columns_in_relation(staging) -%}
    {%- set quoted = [] -%}
    {%- for column in snapshot_without(staged, own) -%}
      {%- do quoted.append(adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- set bring_in = starc_snapshot_bring_in if 'dbt_old_state' in staged | map(attribute='name') else snapshot_merge_sql -%}
    {% call statement('main') -%}
      {{ bring_in(target=target_relation, source=staging, insert_cols=quoted) }}
    {%- endcall %}
  {%- endif -%}

  {%- do finish_relation(existing, target_relation, full_refresh_mode=false) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do adapter.commit() -%}
  {%- if staging is defined -%}
    {%- do post_snapshot(staging) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- The names of the columns that a snapshot adds. -#}
{% macro get_snapshot_table_column_names() %}
  {{ return({
      'dbt_valid_to': 'dbt_valid_to',
      'dbt_valid_from': 'dbt_valid_from',
      'dbt_scd_id': 'dbt_scd_id',
      'dbt_updated_at': 'dbt_updated_at',
      'dbt_is_deleted': 'dbt_is_deleted'}) }}
{% endmacro %}

{#- The names under which unique_key_fields gives the key. -#}
{% macro snapshot_key_names(unique_key) %}
  {%- if unique_key is string -%}
    {{ return(['dbt_unique_key']) }}
  {%- endif -%}
  {%- set names = [] -%}
  {%- for key in unique_key -%}
    {%- do names.append('dbt_unique_key_' ~ loop.index) -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}

{#- What only the staging table has: lower-case names. -#}
{% macro snapshot_staging_columns(unique_key) %}
  {{ return(['dbt_change_type', 'dbt_old_state'] + snapshot_key_names(unique_key)) }}
{% endmacro %}

{% macro snapshot_without(columns, names) %}
  {%- set kept = [] -%}
  {%- for column in columns if column.name | lower not in names -%}
    {%- do kept.append(column) -%}
  {%- endfor -%}
  {{ return(kept) }}
{% endmacro %}

{#- A key that is NULL can never be found again, and one that stands in two rows has two histories
    that end each other: neither gets into a snapshot. Looks at the rows just built. -#}
{% macro snapshot_check_keys(strategy, relation, condition=none) %}
  {{ return(adapter.dispatch('snapshot_check_keys', 'dbt')(strategy, relation, condition)) }}
{% endmacro %}
{% macro default__snapshot_check_keys(strategy, relation, condition) %}
  {%- set keys = starc_key_columns(strategy.unique_key) -%}
  {%- if starc_keys_differ(relation, keys, condition) -%}
    {{ return('') }}
  {%- endif -%}
  {%- call statement('snapshot_bad_keys', fetch_result=true) -%}
    select {{ keys | join(', ') }}, count(*)
    from {{ relation.render() }}
    {%- if condition %}
    where {{ condition }}
    {%- endif %}
    group by {{ keys | join(', ') }}
    having count(*) > 1 or {{ keys | join(' is null or ') }} is null
    limit 1
  {%- endcall -%}
  {%- set bad = load_result('snapshot_bad_keys').data -%}
  {%- if bad -%}
    {%- set shown = [] -%}
    {%- set nulls = [] -%}
    {%- for key in keys -%}
      {%- do shown.append(key ~ ' = ' ~ (bad[0][loop.index0] if bad[0][loop.index0] is not none else 'NULL')) -%}
      {%- if bad[0][loop.index0] is none -%}{%- do nulls.append(key) -%}{%- endif -%}
    {%- endfor -%}
    {%- if nulls -%}
      {%- do exceptions.starc_config_error('unique_key', "the snapshot '" ~ model.name ~ "' has a row whose unique_key is NULL ("
          ~ (shown | join(', ')) ~ '): such a row is never found again', 'leave those rows out, or name another unique_key') -%}
    {%- endif -%}
    {%- do exceptions.starc_config_error('unique_key', "the unique_key of the snapshot '" ~ model.name ~ "' is not unique: "
        ~ bad[0][-1] ~ ' rows have ' ~ (shown | join(', ')), 'make it unique in the query, or name more columns as unique_key') -%}
  {%- endif -%}
{% endmacro %}

{#- What a first run could leave to the next one to find. -#}
{% macro snapshot_check_first(strategy, relation) %}
  {%- if config.get('strategy') == 'check' and config.get('check_cols') is not string -%}
    {%- do starc_need_columns(relation, config.get('check_cols') or []) -%}
  {%- endif -%}
  {%- do snapshot_check_keys(strategy, relation) -%}
{% endmacro %}

{#- --- the strategies: what a changed row is -#}

{#- 'timestamp', 'check', one of the project's own or, as 'package.name', of a package. -#}
{% macro strategy_dispatch(name) -%}
  {%- set parts = (name or '').split('.', 1) -%}
  {%- set where = context -%}
  {%- if parts | length == 2 -%}
    {%- if parts[0] not in context -%}
      {%- do exceptions.starc_config_error('strategy', "Could not find package '" ~ parts[0] ~ "', called with '" ~ name ~ "'") -%}
    {%- endif -%}
    {%- set where = context[parts[0]] -%}
  {%- endif -%}
  {%- set wanted = 'snapshot_' ~ parts[-1] ~ '_strategy' -%}
  {%- if wanted not in where -%}
    {%- do exceptions.starc_config_error('strategy', "The specified strategy macro '" ~ parts[-1] ~ "' was not found in package '"
        ~ (parts[0] if parts | length == 2 else none) ~ "'", 'strategies are timestamp, check, or a macro ' ~ wanted ~ ' of your own') -%}
  {%- endif -%}
  {{ return(where[wanted]) }}
{%- endmacro %}

{#- A state's id: a hash of its key and of when it began. -#}
{% macro snapshot_hash_arguments(args) -%}
  {{ return(adapter.dispatch('snapshot_hash_arguments', 'dbt')(args)) }}
{%- endmacro %}
{% macro default__snapshot_hash_arguments(args) -%}
  md5(
  {%- for arg in args -%}
    coalesce(cast({{ arg }} as varchar), ''){{ " || '|' || " if not loop.last }}
  {%- endfor -%}
  )
{%- endmacro %}

{#- A row changed when its updated_at is later than the start of the state that holds. -#}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set key = config.get('unique_key') -%}
  {%- set updated_at = config.get('updated_at') -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {{ return({
      'unique_key': key,
      'updated_at': updated_at,
      'row_changed': '(' ~ snapshotted_rel ~ '.' ~ columns.dbt_valid_from ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')',
      'scd_id': snapshot_hash_arguments(api.Relation.scd_args(key, updated_at)),
      'invalidate_hard_deletes': hard_deletes == 'invalidate',
      'hard_deletes': hard_deletes}) }}
{% endmacro %}

{#- (whether the query has columns that the table lacks, the columns of both that are compared). -#}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
  {%- if not target_exists -%}
    {{ return((false, [])) }}
  {%- endif -%}
  {%- set code = node['compiled_code'] or sql -%}
  {%- if check_cols_config == 'all' -%}
    {%- set wanted = get_columns_in_query(code) -%}
  {%- elif check_cols_config is iterable and check_cols_config is not string and check_cols_config | length > 0 -%}
    {%- set picked -%}
      select {{ check_cols_config | join(', ') }} from (
        {{ code }}
      ) as snapshot_check_columns
    {%- endset -%}
    {%- set wanted = get_columns_in_query(picked) -%}
  {%- else -%}
    {%- do exceptions.starc_config_error('check_cols', "Invalid value for 'check_cols': " ~ check_cols_config, "it is 'all' or a list of columns") -%}
  {%- endif -%}
  {%- set table = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- set have = adapter.get_columns_in_relation(table) | map(attribute='name') | list -%}
  {%- set both = [] -%}
  {%- for name in wanted if name in have -%}
    {%- do both.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{ return((both | length < wanted | length, both)) }}
{%- endmacro %}

{#- A row changed when one of the columns differs; a new column is a change of every row. -#}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
  {%- set key = config.get('unique_key') -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) -%}
  {%- set updated_at = config.get('updated_at') or snapshot_get_time() -%}
  {%- set added, names = snapshot_check_all_get_existing_columns(node, target_exists, config.get('check_cols')) -%}
  {%- set differences = [] -%}
  {%- for name in names -%}
    {%- do differences.append(snapshot_column_changed(snapshotted_rel ~ '.' ~ name, current_rel ~ '.' ~ name)) -%}
  {%- endfor -%}
  {{ return({
      'unique_key': key,
      'updated_at': updated_at,
      'row_changed': '(' ~ (get_true_sql() if added else differences | join(' or ')) ~ ')',
      'scd_id': snapshot_hash_arguments(api.Relation.scd_args(key, updated_at)),
      'invalidate_hard_deletes': hard_deletes == 'invalidate',
      'hard_deletes': hard_deletes}) }}
{% endmacro %}

{#- Whether two columns differ, where NULL is a value like any other. -#}
{% macro snapshot_column_changed(old, new) -%}
  {{ return(adapter.dispatch('snapshot_column_changed', 'dbt')(old, new)) }}
{%- endmacro %}
{% macro default__snapshot_column_changed(old, new) -%}
  ({{ old }} <> {{ new }} or ({{ old }} is null and {{ new }} is not null) or ({{ old }} is not null and {{ new }} is null))
{%- endmacro %}

{% macro get_true_sql() %}
  {{ return(adapter.dispatch('get_true_sql', 'dbt')()) }}
{% endmacro %}
{% macro default__get_true_sql() %}
  {{ return('TRUE') }}
{% endmacro %}

{#- --- the first run -#}

{% macro build_snapshot_table(strategy, sql) -%}
  {{ return(adapter.dispatch('build_snapshot_table', 'dbt')(strategy, sql)) }}
{%- endmacro %}
{% macro default__build_snapshot_table(strategy, sql) %}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() %}
  select
    *,
    {{ strategy.scd_id }} as {{ columns.dbt_scd_id }},
    {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
    {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
    {{ get_dbt_valid_to_current(strategy, columns) }}
    {%- if strategy.hard_deletes == 'new_record' %},
    'False' as {{ columns.dbt_is_deleted }}
    {%- endif %}
  from (
    {{ sql }}
  ) as snapshot_query
{% endmacro %}

{#- The end of a state that holds: NULL, or the date that stands for none. The first part gives it
    the type of updated_at. -#}
{% macro get_dbt_valid_to_current(strategy, columns) %}
  {%- set moment = strategy.updated_at -%}
  coalesce(nullif({{ moment }}, {{ moment }}), {{ config.get('dbt_valid_to_current') or 'null' }}) as {{ columns.dbt_valid_to }}
{%- endmacro %}

{#- --- later runs -#}

{#- Whether a state of the table holds. -#}
{% macro snapshot_is_current(prefix, columns) -%}
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
      {{ identifier }}.dbt_unique_key_{{ loop.index }} = {{ from_identifier }}.dbt_unique_key_{{ loop.index }}{{ ' and ' if not loop.last }}
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
  {%- set keys = snapshot_key_names(key) -%}
  {%- set keeps_deletes = strategy.hard_deletes == 'new_record' -%}
  {%- set was_deleted = 'snapshotted_data.' ~ columns.dbt_is_deleted ~ " = 'True'" -%}
  with snapshot_query as (
    {{ source_sql }}
  ),

  snapshotted_data as (
    select *, {{ unique_key_fields(key) }}
    from {{ target_relation.render() }}
    where {{ snapshot_is_current('', columns) }}
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
    where {{ unique_key_is_null(key, 'snapshotted_data') }} or ({{ strategy.row_changed }}{{ ' or ' ~ was_deleted if keeps_deletes }})
    {#- Keeps the hashes in here, where all of a query's workers make them, each once. #}
    offset 0
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

{% macro starc_snapshot_sees_deletes(strategy) %}
  {{ return(strategy.hard_deletes in ['invalidate', 'new_record']) }}
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
    and {{ snapshot_is_current('DBT_INTERNAL_DEST', columns) }};

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
  {%- set shown = (own + snapshot_key_names(strategy.unique_key)) | join(', ') -%}
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
  select 'delete', {{ shown }}, {{ now }}, {{ now }}, {{ now }}, dbt_old_state{{ ', dbt_old_is_deleted' if keeps_deletes }}
  from gone_rows
  {%- endif %}
  {%- if keeps_deletes %}
  union all
  select 'insert', {{ shown }}, {{ now }}, {{ now }}, dbt_old_end, {{ snapshot_hash_arguments(['dbt_old_state', now]) }}, 'True'
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
      alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.expanded_data_type }}
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
    and {{ snapshot_is_current('DBT_INTERNAL_DEST', columns) }}
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

{#- --- types of the times -#}

{% macro get_updated_at_column_data_type(snapshot_sql) %}
  {%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set found = [] -%}
  {%- for column in get_column_schema_from_query(snapshot_sql) if column.column | lower == names.dbt_updated_at | lower -%}
    {%- do found.append(column.dtype) -%}
  {%- endfor -%}
  {{ return(found[-1] if found else none) }}
{% endmacro %}

{#- Warns when states begin at one type of time and end at another. -#}
{% macro check_time_data_types(sql) %}
  {%- set given = get_updated_at_column_data_type(sql) -%}
  {%- set own = get_snapshot_get_time_data_type() -%}
  {%- if given and own and given != own -%}
    {%- do exceptions.warn_snapshot_timestamp_data_types(own, given) -%}
  {%- endif -%}
{% endmacro %}
