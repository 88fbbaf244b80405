{#- Snapshots: how the rows of a query change over time. In: a query with a key, and what tells that
    a row changed. Out: a table with a row for each state of each key, and from when to when it held.

    Each later run finds the changes first, in a table beside (snapshot_changes.sql), and then brings
    them in at once. When a row counts as changed is its strategy's affair (snapshot_strategies.sql). -#}

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
    {%- set query = build_snapshot_table(strategy, starc_snapshot_first_query(sql)) -%}
    {%- do check_time_data_types(query) -%}
    {% call statement('main') -%}
      {{ get_create_table_as_sql(false, target_relation, query) }}
    {%- endcall %}
    {%- do starc_snapshot_check_first(strategy, target_relation) -%}
    {%- do create_indexes(target_relation) -%}
  {%- else -%}
    {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
    {%- do adapter.assert_valid_snapshot_target_given_strategy(target_relation, columns, strategy) -%}
    {%- do check_time_data_types(build_snapshot_table(strategy, sql)) -%}
    {%- set staging = build_snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- do starc_snapshot_check_keys(strategy, staging, "dbt_change_type = 'insert'") -%}
    {%- do adapter.expand_target_column_types(from_relation=staging, to_relation=target_relation) -%}
    {%- set own = starc_snapshot_staging_columns(strategy.unique_key) -%}
    {%- do create_columns(target_relation,
        starc_snapshot_without(adapter.get_missing_columns(staging, target_relation), own)) -%}
    {%- set staged = adapter.get_columns_in_relation(staging) -%}
    {%- set quoted = [] -%}
    {%- for column in starc_snapshot_without(staged, own) -%}
      {%- do quoted.append(adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- set bring_in = starc_snapshot_bring_in if 'dbt_old_state' in staged | map(attribute='name')
        else snapshot_merge_sql -%}
    {%- if starc_snapshot_keeps_history(strategy) -%}
      {{ starc_kept_as_is(sql) }}
    {%- else -%}
      {% call statement('main') -%}
        {{ bring_in(target=target_relation, source=staging, insert_cols=quoted) }}
      {%- endcall %}
    {%- endif -%}
  {%- endif -%}

  {%- do starc_finish_relation(existing, target_relation, full_refresh_mode=false) -%}
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
{% macro starc_snapshot_key_names(unique_key) %}
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
{% macro starc_snapshot_staging_columns(unique_key) %}
  {{ return(['dbt_change_type', 'dbt_old_state'] + starc_snapshot_key_names(unique_key)) }}
{% endmacro %}

{% macro starc_snapshot_without(columns, names) %}
  {%- set kept = [] -%}
  {%- for column in columns if column.name | lower not in names -%}
    {%- do kept.append(column) -%}
  {%- endfor -%}
  {{ return(kept) }}
{% endmacro %}

{#- A key that is NULL can never be found again, and one that stands in two rows has two histories
    that end each other: neither gets into a snapshot. Looks at the rows just built. -#}
{% macro starc_snapshot_check_keys(strategy, relation, condition=none) %}
  {{ return(adapter.dispatch('starc_snapshot_check_keys', 'dbt')(strategy, relation, condition)) }}
{% endmacro %}
{% macro default__starc_snapshot_check_keys(strategy, relation, condition) %}
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
      {%- do exceptions.starc_config_error('unique_key', "the snapshot '" ~ model.name
          ~ "' has a row whose unique_key is NULL ("
          ~ (shown | join(', ')) ~ '): such a row is never found again',
          'leave those rows out, or name another unique_key') -%}
    {%- endif -%}
    {%- do exceptions.starc_config_error('unique_key', "the unique_key of the snapshot '" ~ model.name
        ~ "' is not unique: "
        ~ bad[0][-1] ~ ' rows have ' ~ (shown | join(', ')),
        'make it unique in the query, or name more columns as unique_key') -%}
  {%- endif -%}
{% endmacro %}

{#- What a first run could leave to the next one to find. -#}
{% macro starc_snapshot_check_first(strategy, relation) %}
  {%- if config.get('strategy') == 'check' and config.get('check_cols') is not string -%}
    {%- do starc_need_columns(relation, config.get('check_cols') or []) -%}
  {%- endif -%}
  {%- do starc_snapshot_check_keys(strategy, relation) -%}
{% endmacro %}

{#- --- runs that read a part of the rows: --empty and --sample -#}

{#- A first run of --empty has no row, nor one that the query makes of none. -#}
{% macro starc_snapshot_first_query(sql) -%}
  {%- set none_of_it -%}select * from (
{{ sql }}
) as no_rows where 1 = 0{%- endset -%}
  {{ return(none_of_it if flags.EMPTY else sql) }}
{%- endmacro %}

{#- Whether a row that the query does not give is gone. A sample does not tell. -#}
{% macro starc_snapshot_sees_deletes(strategy) %}
  {{ return(strategy.hard_deletes in ['invalidate', 'new_record'] and not starc_reads_a_part()) }}
{% endmacro %}

{#- Whether nothing comes into the history: with --empty, and where a macro of the project looks for
    what is gone, which cannot know of the sample. -#}
{% macro starc_snapshot_keeps_history(strategy) %}
  {%- set looks = strategy.hard_deletes in ['invalidate', 'new_record']
      and starc_is_overridden('snapshot_staging_table') -%}
  {{ return(flags.EMPTY or (looks and starc_reads_a_part())) }}
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
  coalesce(nullif({{ moment }}, {{ moment }}), {{ config.get('dbt_valid_to_current')
      or 'null' }}) as {{ columns.dbt_valid_to }}
{%- endmacro %}

{#- --- types of the times -#}

{% macro get_updated_at_column_data_type(snapshot_sql) %}
  {%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- set found = [] -%}
  {%- for column in get_column_schema_from_query(snapshot_sql)
      if column.column | lower == names.dbt_updated_at | lower -%}
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
