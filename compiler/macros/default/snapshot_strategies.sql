{#- Snapshots: the strategies, which say when a row has changed and what the id of a state is. -#}

{#- 'timestamp', 'check', one of the project's own or, as 'package.name', of a package. -#}
{% macro strategy_dispatch(name) -%}
  {%- set parts = (name or '').split('.', 1) -%}
  {%- set where = context -%}
  {%- if parts | length == 2 -%}
    {%- if parts[0] not in context -%}
      {%- do exceptions.starc_config_error('strategy', "Could not find package '" ~ parts[0] ~ "', called with '"
          ~ name ~ "'") -%}
    {%- endif -%}
    {%- set where = context[parts[0]] -%}
  {%- endif -%}
  {%- set wanted = 'snapshot_' ~ parts[-1] ~ '_strategy' -%}
  {%- if wanted not in where -%}
    {%- do exceptions.starc_config_error('strategy', "The specified strategy macro '" ~ parts[-1]
        ~ "' was not found in package '"
        ~ (parts[0] if parts | length == 2 else none) ~ "'", 'strategies are timestamp, check, or a macro ' ~ wanted
        ~ ' of your own',
        parts[-1], ['timestamp', 'check']) -%}
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
      'row_changed': '(' ~ snapshotted_rel ~ '.' ~ columns.dbt_valid_from ~ ' < ' ~ current_rel ~ '.' ~ updated_at
          ~ ')',
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
    {%- do exceptions.starc_config_error('check_cols', "Invalid value for 'check_cols': " ~ check_cols_config,
        "it is 'all' or a list of columns") -%}
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
    {%- do differences.append(starc_snapshot_column_changed(snapshotted_rel ~ '.' ~ name, current_rel ~ '.' ~ name)) -%}
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
{% macro starc_snapshot_column_changed(old, new) -%}
  {{ return(adapter.dispatch('starc_snapshot_column_changed', 'dbt')(old, new)) }}
{%- endmacro %}
{% macro default__starc_snapshot_column_changed(old, new) -%}
  ({{ old }} <> {{ new }} or ({{ old }} is null and {{ new }} is not null) or ({{ old }} is not null and {{
    new }} is null))
{%- endmacro %}

{% macro get_true_sql() %}
  {{ return(adapter.dispatch('get_true_sql', 'dbt')()) }}
{% endmacro %}
{% macro default__get_true_sql() %}
  {{ return('TRUE') }}
{% endmacro %}
