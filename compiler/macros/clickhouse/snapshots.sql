{#- ClickHouse: snapshots. The changes are found in one reading of the query (the staging table,
    __dbt_new_data): which states begin, and which end by their successor or by a deletion. They are
    brought into a second table with the same parts (__dbt_tmp), which is swapped in: the history is
    whole at every moment. What an outer join did not find is told by a mark and not by NULL, since
    joins fill with defaults here. -#}

{% macro clickhouse__snapshot_hash_arguments(args) -%}
  halfMD5(
  {%- for arg in args -%}
    ifNull(toString({{ arg }}), ''){{ " || '|' || " if not loop.last }}
  {%- endfor -%}
  )
{%- endmacro %}

{#- One moment for the whole run of a snapshot, by the server's clock: now() in two places of a query
    can be two moments. -#}
{% macro clickhouse__snapshot_get_time() -%}
  {%- if not execute or model.resource_type != 'snapshot' -%}
    {{ return(current_timestamp()) }}
  {%- endif -%}
  {%- if not config.get('__starc_snapshot_time') -%}
    {%- do config.set('__starc_snapshot_time', run_query('select toUnixTimestamp(now())').rows[0][0] | int) -%}
  {%- endif -%}
  toDateTime({{ config.get('__starc_snapshot_time') }})
{%- endmacro %}

{% macro clickhouse__starc_snapshot_column_changed(old, new) -%}
  ifNull({{ old }} != {{ new }}, isNull({{ old }}) != isNull({{ new }}))
{%- endmacro %}

{#- The end of a state is Nullable, also where a date stands for "none". -#}
{% macro starc_ch_open_end(moment) -%}
  coalesce(nullIf({{ moment }}, {{ moment }}), {{ 'toNullable(' ~ config.get('dbt_valid_to_current') ~ ')'
      if config.get('dbt_valid_to_current') else 'null' }})
{%- endmacro %}

{% macro clickhouse__build_snapshot_table(strategy, sql) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  select
    *,
    {{ strategy.scd_id }} as {{ columns.dbt_scd_id }},
    {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
    {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
    {{ starc_ch_open_end(strategy.updated_at) }} as {{ columns.dbt_valid_to }}
    {%- if strategy.hard_deletes == 'new_record' %},
    'False' as {{ columns.dbt_is_deleted }}
    {%- endif %}
  from (
    {{ sql }}
  ) as snapshot_query
{%- endmacro %}

{#- What a row of the staging table is: `insert`, the first state of a key; `change`, a state that
    follows dbt_old_state; `delete`, dbt_old_state ends; `record`, it ends and is followed by one that
    says that the row is gone. What ends, ends at dbt_valid_from. -#}
{% macro starc_ch_change_type() -%}
  Enum8('' = 0, 'insert' = 1, 'change' = 2, 'delete' = 3, 'record' = 4)
{%- endmacro %}

{#- A row for each key with a change. Times and hashes are made of these rows only. -#}
{% macro clickhouse__snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set key = strategy.unique_key -%}
  {%- set keeps = strategy.hard_deletes == 'new_record' -%}
  {%- set sees_deletes = starc_snapshot_sees_deletes(strategy) -%}
  {%- set was_deleted = 'snapshotted_data.' ~ columns.dbt_is_deleted ~ " = 'True'" -%}
  {%- set now = snapshot_get_time() | trim -%}
  {%- set moment -%}
    {% if sees_deletes %}if(dbt_change_type in ('delete', 'record'), {{ now }}, {{ strategy.updated_at }})
    {%- else %}{{ strategy.updated_at }}{% endif %}
  {%- endset -%}
  {%- set old_state = clickhouse__snapshot_hash_arguments(['dbt_old_state', now]) -%}
  {%- set own = starc_snapshot_query_columns(source_sql) -%}
  with snapshot_query as (
    {{ source_sql }}
  ),

  snapshotted_data as (
    select *, {{ unique_key_fields(key) }}, 1 as dbt_old_found
    from {{ target_relation.render() }}
    where {{ starc_snapshot_is_current('', columns) }}
  ),

  source_data as (
    select *, {{ unique_key_fields(key) }}, 1 as dbt_new_found
    from snapshot_query
  ),

  compared as (
    select
      {%- for name in own %}
      source_data.{{ name }} as dbt_new_{{ loop.index }},
      {%- endfor %}
      snapshotted_data.{{ columns.dbt_scd_id }} as dbt_old_state,
      cast(multiIf(
        ifNull(snapshotted_data.dbt_old_found, 0) = 0, 1,
        {%- if sees_deletes %}
        ifNull(source_data.dbt_new_found, 0) = 0, {{ 'if(' ~ was_deleted ~ ', 0, 4)' if keeps else 3 }},
        {%- endif %}
        {{ strategy.row_changed }}{{ ' or ' ~ was_deleted if keeps }}, 2,
        0) as {{ starc_ch_change_type() }}) as dbt_change_type
    from source_data
    {{ 'full outer' if sees_deletes else 'left' }} join snapshotted_data on {{ unique_key_join_on(key, 'source_data',
        'snapshotted_data') }}
  ),

  changes as (
    select
      {%- for name in own %}
      dbt_new_{{ loop.index }} as {{ name }},
      {%- endfor %}
      dbt_old_state,
      dbt_change_type
    from compared
    where dbt_change_type != ''
  )

  select
    {{ own | join(', ') }},
    {{ 'if(dbt_change_type = \'record\', ' ~ old_state ~ ', ' ~ strategy.scd_id ~ ')' if keeps and sees_deletes
        else strategy.scd_id }} as {{ columns.dbt_scd_id }},
    {{ moment }} as {{ columns.dbt_updated_at }},
    {{ moment }} as {{ columns.dbt_valid_from }},
    {{ starc_ch_open_end(now) }} as {{ columns.dbt_valid_to }},
    {%- if keeps %}
    if(dbt_change_type = 'record', 'True', 'False') as {{ columns.dbt_is_deleted }},
    {%- endif %}
    dbt_old_state,
    dbt_change_type
  from changes
{%- endmacro %}

{#- Kept in a table of its own, whose columns have the types that a first run would give them. -#}
{% macro clickhouse__build_snapshot_staging_table(strategy, sql, target_relation) %}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set staging = starc_ch_new_data(target_relation) -%}
  {%- call statement('create_snapshot_staging') -%}
    create table {{ staging.render() }} {{ on_cluster_clause(staging) }} engine = MergeTree order by tuple() empty as (
      select *, {{ columns.dbt_scd_id }} as dbt_old_state, cast('' as {{ starc_ch_change_type() }}) as dbt_change_type
      from (
        {{ clickhouse__build_snapshot_table(strategy, sql) }}
      ) as first_run
    )
    {{ adapter.get_model_query_settings(model) }}
  {%- endcall -%}
  {%- do adapter.cache_added(staging) -%}
  {%- set names = get_quoted_csv(adapter.get_columns_in_relation(staging) | map(attribute='name')) -%}
  {%- call statement('build_snapshot_staging_relation') -%}
    insert into {{ staging.render() }} ({{ names }})
    select {{ names }} from (
      {{ snapshot_staging_table(strategy, sql, target_relation) }}
    )
    {{ adapter.get_model_query_settings(model) }}
  {%- endcall -%}
  {{ return(staging) }}
{% endmacro %}

{#- The columns of a copy of the snapshot are made to hold what comes: new ones, and NULL. What is
    not known of older states is NULL, where the type can be. -#}
{% macro starc_ch_fit_snapshot(copy, staging, own) %}
  {%- set steps = [] -%}
  {%- set have = {} -%}
  {%- for column in adapter.get_columns_in_relation(copy) -%}
    {%- do have.update({column.name: column}) -%}
  {%- endfor -%}
  {%- for column in adapter.get_columns_in_relation(staging) if column.name not in own -%}
    {%- set old = have.get(column.name) -%}
    {%- set nested = '(Array|Map|Tuple|Nested|JSON|Object|Variant|Dynamic|Aggregate|SimpleAggregate|Point|Ring'
        ~ '|(Multi)?LineString|(Multi)?Polygon)' -%}
    {%- set plain = not modules.re.match(nested, column.dtype) -%}
    {%- set nullable = 'LowCardinality(Nullable(' ~ column.dtype ~ '))' if column.is_low_cardinality else 'Nullable('
        ~ column.dtype ~ ')' -%}
    {%- if old is none -%}
      {%- set part -%}
        add column {{ adapter.quote(column.name) }} {{ nullable if plain else column.data_type }}
      {%- endset -%}
      {%- do steps.append(part) -%}
    {%- elif column.is_nullable and not old.is_nullable -%}
      {%- set part -%}
        modify column {{ adapter.quote(column.name) }} {{ nullable | replace(column.dtype, old.dtype) }}
      {%- endset -%}
      {%- do steps.append(part) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if steps -%}
    {%- call statement('fit_snapshot_columns') -%}
      alter table {{ copy.render() }} {{ on_cluster_clause(copy) }} {{ steps | join(', ') }}
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}

{#- columns of `from_alias`, some with another value: {column: expression}. A value that the column
    cannot hold is an error and not another value. -#}
{% macro starc_ch_snapshot_values(names, from_alias, other={}, types={}) -%}
  {%- for name in names -%}
    {{ other[name] if name in other else 'accurateCast(' ~ from_alias ~ '.' ~ adapter.quote(name) ~ ", '"
        ~ types[name] ~ "')" if name in types else from_alias ~ '.' ~ adapter.quote(name) }}{{ ', ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{#- Brings the changes into `copy`, which has the rows of `target`. -#}
{% macro starc_ch_bring_in_states(target, copy, staging, keeps, facts) %}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set state = columns.dbt_scd_id -%}
  {%- set ended -%}
    {{ state }} in (select dbt_old_state from {{ staging.render() }}
    where dbt_change_type != 'insert') and {{ starc_snapshot_is_current('', columns) | trim }}
  {%- endset -%}
  {%- set in_target = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
  {%- set wanted = {} -%}
  {%- for column in adapter.get_columns_in_relation(copy) -%}
    {%- do wanted.update({column.name: column}) -%}
  {%- endfor -%}
  {%- set in_staging = [] -%}
  {%- set types = {} -%}
  {%- for column in starc_snapshot_without(adapter.get_columns_in_relation(staging),
      ['dbt_change_type', 'dbt_old_state']) -%}
    {%- do in_staging.append(column.name) -%}
    {%- if wanted[column.name].dtype != column.dtype -%}
      {%- do types.update({column.name: wanted[column.name].data_type | replace("'", "\\'")}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if facts.parts -%}
    {%- call statement('remove_ended_states') -%}
      {% if config.get('projections') -%}
      alter table {{ copy.render() }} {{ on_cluster_clause(copy) }} delete where {{ ended }}
      {%- else -%}
      delete from {{ copy.render() }} {{ on_cluster_clause(copy) }} where {{ ended }}
      {%- endif %}
    {%- endcall -%}
  {%- else -%}
    {%- call statement('keep_other_states') -%}
      insert into {{ copy.render() }} ({{ get_quoted_csv(in_target) }}) select {{ get_quoted_csv(in_target) }}
        from {{ target.render() }} where not ({{ ended }})
    {%- endcall -%}
  {%- endif -%}
  {%- call statement('insert_ended_states') -%}
    insert into {{ copy.render() }} ({{ get_quoted_csv(in_target) }})
    select {{ starc_ch_snapshot_values(in_target, 'old', {columns.dbt_valid_to: 'change.' ~ columns.dbt_valid_from}) }}
    from {{ target.render() }} as old
    inner join (select dbt_old_state, {{ columns.dbt_valid_from }} from {{ staging.render() }}
    where dbt_change_type != 'insert') as change on old.{{ state }} = change.dbt_old_state
    where {{ starc_snapshot_is_current('old', columns) }}
  {%- endcall -%}
  {%- if keeps -%}
    {%- set taken = {} -%}
    {%- for name in [state, columns.dbt_updated_at, columns.dbt_valid_from, columns.dbt_valid_to,
        columns.dbt_is_deleted] -%}
      {%- do taken.update({name: 'change.' ~ name}) -%}
    {%- endfor -%}
    {%- call statement('insert_records_of_deletion') -%}
      insert into {{ copy.render() }} ({{ get_quoted_csv(in_target) }})
      select {{ starc_ch_snapshot_values(in_target, 'old', taken) }}
      from {{ target.render() }} as old
      inner join (select * from {{ staging.render() }} where dbt_change_type = 'record') as change
      on old.{{ state }} = change.dbt_old_state
      where {{ starc_snapshot_is_current('old', columns) }}
    {%- endcall -%}
  {%- endif -%}
  {% call statement('main') -%}
    insert into {{ copy.render() }} ({{ get_quoted_csv(in_staging) }})
    select {{ starc_ch_snapshot_values(in_staging, 'change', {}, types) }}
    from {{ staging.render() }} as change
    where change.dbt_change_type in ('insert', 'change')
  {%- endcall %}
{% endmacro %}

{#- The changes are in the table. -#}
{% macro clickhouse__post_snapshot(staging_relation) %}
  {%- do drop_relation_if_exists(staging_relation) -%}
{% endmacro %}

{% materialization snapshot, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = make_intermediate_relation(target_relation) -%}
  {%- set left = load_cached_relation(starc_ch_new_data(target_relation)) -%}
  {%- if existing is not none and not existing.is_table -%}
    {%- do exceptions.relation_wrong_type(existing, 'table') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_drop_leftovers(target_relation) -%}
  {%- do drop_relation_if_exists(left) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set strategy_macro = strategy_dispatch(config.get('strategy')) -%}
  {%- set strategy = strategy_macro(model, 'snapshotted_data', 'source_data', model.config, existing is not none) -%}
  {%- if existing is none -%}
    {%- set query = build_snapshot_table(strategy, starc_snapshot_first_query(sql)) -%}
    {%- do check_time_data_types(query) -%}
    {% call statement('main') -%}
      {{ get_create_table_as_sql(false, built, query) }}
    {%- endcall %}
    {%- do adapter.cache_added(built) -%}
    {%- do starc_snapshot_check_first(strategy, built) -%}
    {%- do starc_swap_in(none, built, target_relation) -%}
  {%- else -%}
    {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    {%- do adapter.assert_valid_snapshot_target_given_strategy(existing, columns, strategy) -%}
    {%- set staging = clickhouse__build_snapshot_staging_table(strategy, sql, existing) -%}
    {%- do starc_snapshot_check_keys(strategy, staging, none if strategy.hard_deletes == 'ignore'
        else "dbt_change_type in ('insert', 'change')") -%}
    {%- if starc_snapshot_keeps_history(strategy) -%}
      {%- set text -%}truncate table {{ staging.render() }} {{ on_cluster_clause(staging) }}{%- endset -%}
      {%- do run_query(text) -%}
    {%- endif -%}
    {%- set facts = starc_ch_table_facts(existing) -%}
    {%- if facts.parts -%}
      {%- do starc_ch_clone(existing, built, true) -%}
    {%- else -%}
      {%- set text -%}
        create table {{ built.render() }} {{ on_cluster_clause(built) }} as {{ existing.render() }}
      {%- endset -%}
      {%- do run_query(text) -%}
    {%- endif -%}
    {%- do adapter.cache_added(built) -%}
    {%- do starc_ch_fit_snapshot(built, staging, ['dbt_change_type', 'dbt_old_state']) -%}
    {%- do starc_ch_bring_in_states(existing, built, staging, strategy.hard_deletes == 'new_record', facts) -%}
    {%- do starc_swap_in(existing, built, target_relation) -%}
    {%- do post_snapshot(staging) -%}
  {%- endif -%}

  {%- do starc_finish_relation(existing, target_relation, full_refresh_mode=false) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
