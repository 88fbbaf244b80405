{#- Incremental strategies: one macro a strategy, from a dict of relations, key, columns and
    predicates to the text that brings the rows of temp_relation into target_relation. -#}

{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
  {%- set known = ['ignore', 'fail', 'append_new_columns', 'sync_all_columns'] -%}
  {%- if not on_schema_change or on_schema_change in known -%}
    {{ return(on_schema_change or default) }}
  {%- endif -%}
  {%- do exceptions.starc_config_warn('on_schema_change', "on_schema_change cannot be '" ~ on_schema_change
      ~ "': taken as " ~ default,
      'it is one of ' ~ (known | join(', ')), word=on_schema_change, known=known) -%}
  {{ return(default) }}
{% endmacro %}

{% macro get_incremental_append_sql(arg_dict) %}
  {{ return(adapter.dispatch('get_incremental_append_sql', 'dbt')(arg_dict)) }}
{% endmacro %}
{% macro default__get_incremental_append_sql(arg_dict) %}
  {{ return(get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'])) }}
{% endmacro %}

{% macro get_incremental_delete_insert_sql(arg_dict) %}
  {{ return(adapter.dispatch('get_incremental_delete_insert_sql', 'dbt')(arg_dict)) }}
{% endmacro %}
{% macro default__get_incremental_delete_insert_sql(arg_dict) %}
  {{ return(get_delete_insert_merge_sql(
      arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'],
      arg_dict['dest_columns'], arg_dict['incremental_predicates'])) }}
{% endmacro %}

{% macro get_incremental_merge_sql(arg_dict) %}
  {{ return(adapter.dispatch('get_incremental_merge_sql', 'dbt')(arg_dict)) }}
{% endmacro %}
{% macro default__get_incremental_merge_sql(arg_dict) %}
  {{ return(get_merge_sql(
      arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'],
      arg_dict['dest_columns'], arg_dict['incremental_predicates'])) }}
{% endmacro %}

{% macro get_incremental_insert_overwrite_sql(arg_dict) %}
  {{ return(adapter.dispatch('get_incremental_insert_overwrite_sql', 'dbt')(arg_dict)) }}
{% endmacro %}
{% macro default__get_incremental_insert_overwrite_sql(arg_dict) %}
  {{ return(get_insert_overwrite_merge_sql(
      arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'],
          arg_dict['incremental_predicates'])) }}
{% endmacro %}

{% macro get_incremental_default_sql(arg_dict) %}
  {{ return(adapter.dispatch('get_incremental_default_sql', 'dbt')(arg_dict)) }}
{% endmacro %}
{% macro default__get_incremental_default_sql(arg_dict) %}
  {{ return(get_incremental_append_sql(arg_dict)) }}
{% endmacro %}

{% macro get_incremental_microbatch_sql(arg_dict) %}
  {{ return(adapter.dispatch('get_incremental_microbatch_sql', 'dbt')(arg_dict)) }}
{% endmacro %}
{% macro default__get_incremental_microbatch_sql(arg_dict) %}
  {{ exceptions.raise_not_implemented('the strategy microbatch is not there for adapter ' ~ adapter.type()) }}
{% endmacro %}

{% macro get_insert_into_sql(target_relation, temp_relation, dest_columns) %}
  {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  insert into {{ target_relation.render() }} ({{ columns }})
  (
    select {{ columns }}
    from {{ temp_relation.render() }}
  )
{% endmacro %}

{#- [a column, ..] from a column, a list or none. -#}
{% macro starc_key_columns(unique_key) %}
  {%- if not unique_key -%}
    {{ return([]) }}
  {%- elif unique_key is string -%}
    {{ return([unique_key]) }}
  {%- endif -%}
  {{ return(unique_key) }}
{% endmacro %}

{#- A first run has no use for the key yet, and the next one fails where it is no column: it is told
    of at once. What is no plain name may be an expression. -#}
{% macro starc_warn_of_key(relation, keys) %}
  {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if keys else [] -%}
  {%- for key in keys if modules.re.match('[A-Za-z_]\\w*$', key) and key | lower not in names | map('lower') | list -%}
    {%- do exceptions.starc_config_warn('unique_key', "the unique_key '" ~ key ~ "' is no column of '" ~ model.name
        ~ "': its next run will fail",
        'its columns are ' ~ (names | join(', ')), word=key, known=names) -%}
  {%- endfor -%}
{% endmacro %}

{#- NULL equals nothing: new rows that have it in their key replace no row. Looks at the new rows; `keys`:
    those that can be NULL. -#}
{% macro starc_warn_of_null_keys(new_rows, keys) %}
  {%- if keys -%}
    {%- set query -%}
      select count(*) from {{ new_rows.render() }} where ({{ keys | join(') is null or (') }}) is null
    {%- endset -%}
    {%- set rows = run_query(query).rows[0][0] | int -%}
    {%- if rows -%}
      {%- do exceptions.starc_config_warn('unique_key', rows ~ (' new row of' if rows == 1 else ' new rows of')
          ~ " '" ~ model.name ~ "'"
          ~ (' has' if rows == 1 else ' have') ~ ' NULL in the unique_key (' ~ (keys | join(', '))
          ~ '): nothing is replaced by NULL, each run adds them again',
          'give them a key in the query, or leave them out there') -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{#- Someone chose a strategy that replaces rows by their key, and there is no key. -#}
{% macro starc_warn_without_key(strategy) %}
  {%- if strategy in ['merge', 'delete+insert', 'delete_insert', 'legacy'] and not config.get('unique_key') -%}
    {%- do exceptions.starc_config_warn('incremental_strategy', 'without a unique_key the strategy ' ~ strategy
        ~ " replaces nothing: each run appends its rows to '" ~ model.name ~ "'",
        "unique_key: the column or columns that tell rows apart; or incremental_strategy: append, where appending "
        ~ "is meant") -%}
  {%- endif -%}
{% endmacro %}

{#- Whether a strategy is what comes with the adapter: a project's own macro may do without a key. -#}
{% macro starc_strategy_is_builtin(strategy) %}
  {%- set name = 'get_incremental_' ~ strategy | replace('+', '_') ~ '_sql' -%}
  {{ return(name in dbt and context.get(name) is sameas dbt[name]
      and adapter.dispatch(name, 'dbt') in [dbt.get('default__' ~ name), dbt.get(adapter.type() ~ '__' ~ name)]) }}
{% endmacro %}

{#- Fails where one of the columns is not there. -#}
{% macro starc_need_columns(relation, names) %}
  {%- if names -%}
    {%- do exceptions.starc_advise(columns=adapter.get_columns_in_relation(relation) | map(attribute='name') | list) -%}
    {%- set query -%}select {{ names | join(', ') }} from {{ relation.render() }} limit 0{%- endset -%}
    {%- do run_query(query) -%}
  {%- endif -%}
{% endmacro %}

{#- Whether no two rows of a relation have the same key. `nulls`: rows with NULL in a key are left out,
    else they count as doubled. Keys are sorted: where nearly all differ, Postgres groups them several
    times slower. -#}
{% macro starc_keys_differ(relation, keys, condition=none, nulls=false) %}
  {%- set key = keys[0] if keys | length == 1 else '(' ~ (keys | join(', ')) ~ ')' -%}
  {#- A column counts without its NULLs anyhow. -#}
  {%- set known -%}
    {% if '(' in key %} filter (where {{ keys | join(' is not null and ') }} is not null){% endif %}
  {%- endset -%}
  {%- set all -%}{% if nulls %}count({{ key }}){{ known }}{% else %}count(*){% endif %}{%- endset -%}
  {%- set query -%}
    select {{ all }} - count(distinct {{ key }}){{ known }}
    from {{ relation.render() }}{% if condition %}
    where {{ condition }}{% endif %}
  {%- endset -%}
  {%- set counted = run_query(query) -%}
  {{ return(counted.rows[0][0] | int == 0) }}
{% endmacro %}

{#- A merge cannot say which of two rows of one key is meant: where the key is there already the
    database fails, where it is new both rows would come in. Looks at the new rows. -#}
{% macro starc_check_batch_keys(temp_relation, unique_key) %}
  {%- set keys = starc_key_columns(unique_key) -%}
  {%- if keys and not starc_keys_differ(temp_relation, keys, nulls=true) -%}
    {%- call statement('batch_keys', fetch_result=true) -%}
      select {{ keys | join(', ') }}, count(*)
      from {{ temp_relation.render() }}
      group by {{ keys | join(', ') }}
      having count(*) > 1 and {{ keys | join(' is not null and ') }} is not null
      limit 1
    {%- endcall -%}
    {%- set twice = load_result('batch_keys').data -%}
    {%- if twice -%}
      {%- set shown = [] -%}
      {%- for key in keys -%}
        {%- do shown.append(key ~ ' = ' ~ twice[0][loop.index0]) -%}
      {%- endfor -%}
      {%- do exceptions.starc_config_error('unique_key', "the unique_key of '" ~ model.name
          ~ "' is not unique in the new rows: "
          ~ twice[0][-1] ~ ' rows have ' ~ (shown | join(', ')),
          'keep one row of each key in the query, or use the strategy delete+insert, which takes them all') -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{% macro get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {{ return(adapter.dispatch('get_delete_insert_merge_sql', 'dbt')(
      target, source, unique_key, dest_columns, incremental_predicates)) }}
{%- endmacro %}

{% macro default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {%- set key = starc_key_columns(unique_key) | join(', ') -%}
  {%- if key -%}
  delete from {{ target.render() }} as DBT_INTERNAL_DEST
  where ({{ key }}) in (
    select distinct {{ key }}
    from {{ source.render() }} as DBT_INTERNAL_SOURCE
  )
  {%- for predicate in incremental_predicates or [] %}
    and {{ predicate }}
  {%- endfor %};
  {%- endif %}
  {{ get_insert_into_sql(target, source, dest_columns) }}
{%- endmacro %}

{#- The columns a merge updates: all, those named, or all but those named. -#}
{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {{ return(adapter.dispatch('get_merge_update_columns', 'dbt')(merge_update_columns, merge_exclude_columns,
      dest_columns)) }}
{% endmacro %}
{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
  {%- if merge_update_columns and merge_exclude_columns -%}
    {%- do exceptions.starc_config_error('merge_exclude_columns',
        'merge_update_columns and merge_exclude_columns cannot both be set',
        'name the one or the other') -%}
  {%- endif -%}
  {%- if merge_update_columns -%}
    {{ return(merge_update_columns) }}
  {%- endif -%}
  {%- set left_out = merge_exclude_columns or [] -%}
  {%- set left_out = ([left_out] if left_out is string else left_out) | map('lower') | list -%}
  {%- set columns = [] -%}
  {%- for column in dest_columns if column.column | lower not in left_out -%}
    {%- do columns.append(column.quoted) -%}
  {%- endfor -%}
  {{ return(columns) }}
{% endmacro %}

{% macro get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
  {{ return(adapter.dispatch('get_merge_unique_key_match', 'dbt')(source_unique_key, target_unique_key)) }}
{%- endmacro %}
{% macro default__get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
  {{ source_unique_key }} = {{ target_unique_key }}
{%- endmacro %}

{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {{ return(adapter.dispatch('get_merge_sql', 'dbt')(target, source, unique_key, dest_columns,
      incremental_predicates)) }}
{%- endmacro %}

{% macro default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {%- set conditions = (incremental_predicates or []) | list -%}
  {%- for column in starc_key_columns(unique_key) -%}
    {%- do conditions.append(get_merge_unique_key_match('DBT_INTERNAL_SOURCE.' ~ column, 'DBT_INTERNAL_DEST.'
        ~ column)) -%}
  {%- endfor -%}
  {%- set updated = get_merge_update_columns(config.get('merge_update_columns'), config.get('merge_exclude_columns'),
      dest_columns) -%}
  {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  {{ config.get('sql_header') or '' }}
  merge into {{ target.render() }} as DBT_INTERNAL_DEST
  using {{ source.render() }} as DBT_INTERNAL_SOURCE
  on {{ '(' ~ (conditions | join(') and (')) ~ ')' if unique_key else 'false' }}
  {%- if unique_key and updated %}
  when matched then update set
    {%- for column in updated %}
    {{ column }} = DBT_INTERNAL_SOURCE.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
  {%- endif %}
  when not matched then insert ({{ columns }})
  values (
    {%- for column in dest_columns -%}
      DBT_INTERNAL_SOURCE.{{ adapter.quote(column.name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
  )
{%- endmacro %}

{% macro get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header=false) -%}
  {{ return(adapter.dispatch('get_insert_overwrite_merge_sql', 'dbt')(target, source, dest_columns, predicates,
      include_sql_header)) }}
{%- endmacro %}
{% macro default__get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header) -%}
  {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  {{ config.get('sql_header') or '' if include_sql_header }}
  merge into {{ target.render() }} as DBT_INTERNAL_DEST
  using {{ source.render() }} as DBT_INTERNAL_SOURCE
  on false
  when not matched by source
    {%- if predicates %} and {{ predicates | join(' and ') }}{% endif %}
    then delete
  when not matched then insert ({{ columns }}) values ({{ columns }})
{%- endmacro %}
