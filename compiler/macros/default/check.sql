{#- starc_check: what the database makes of a node's SQL. Its relation is made empty, from its own query. -#}

{#- A limit for each statement of the check, in milliseconds. -#}
{% macro starc_check_limits(most) -%}
  {{ return(adapter.dispatch('starc_check_limits', 'dbt')(most)) }}
{%- endmacro %}
{% macro default__starc_check_limits(most) -%}
{%- endmacro %}

{#- Text that makes the relation of a query: its columns, and where it has keys, these. -#}
{% macro starc_check_relation(relation, sql) -%}
  {{ return(adapter.dispatch('starc_check_relation', 'dbt')(relation, sql)) }}
{%- endmacro %}
{% macro default__starc_check_relation(relation, sql) -%}
  create view {{ relation.render() }} as
  {{ sql }}
{%- endmacro %}

{#- [name, type] of the columns of a relation of the target; none: it is not there. -#}
{% macro starc_check_columns(relation) -%}
  {%- set found = [] -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do found.append([column.name, column.starc_type or column.data_type]) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}

{#- Rows of schema, relation, column and type, columns in order, for the relations of these schemas that have one of
    these names; no names: all of them. -#}
{% macro starc_check_made_columns(schemas, names) -%}
  {{ return(adapter.dispatch('starc_check_made_columns', 'dbt')(schemas, names)) }}
{%- endmacro %}

{#- Makes the schema of a relation, where it is one that can be made. -#}
{% macro starc_check_schema(relation) -%}
  {{ return(adapter.dispatch('starc_check_schema', 'dbt')(relation)) }}
{%- endmacro %}
{% macro default__starc_check_schema(relation) -%}
  {%- do create_schema(relation) -%}
{%- endmacro %}

{#- The schema for all relations of the check, where the role may make none; else none. -#}
{% macro starc_check_temp_schema() -%}
  {{ return(adapter.dispatch('starc_check_temp_schema', 'dbt')()) }}
{%- endmacro %}
{% macro default__starc_check_temp_schema() -%}
  {{ return(none) }}
{%- endmacro %}

{#- Rows of what the relations of these schemas read: schema and name of the reader, of what is read. none: the
    database keeps no such rows. What belongs to the database itself is left out. -#}
{% macro starc_check_reads(schemas) -%}
  {{ return(adapter.dispatch('starc_check_reads', 'dbt')(schemas)) }}
{%- endmacro %}
{% macro default__starc_check_reads(schemas) -%}
  {{ return(none) }}
{%- endmacro %}

{#- Makes a table of [name, type], without rows. -#}
{% macro starc_check_table(relation, columns) -%}
  {%- do starc_check_schema(relation) -%}
  {%- call statement('check_table') -%}
    {{ starc_check_columns_as_table(relation, columns) }}
  {%- endcall -%}
{%- endmacro %}
{% macro starc_check_columns_as_table(relation, columns) -%}
  {{ return(adapter.dispatch('starc_check_columns_as_table', 'dbt')(relation, columns)) }}
{%- endmacro %}
{% macro default__starc_check_columns_as_table(relation, columns) -%}
  create table {{ relation.render() }} (
    {%- for name, type in columns %}
    {{ adapter.quote(name) }} {{ type }}{{ ',' if not loop.last }}
    {%- endfor %}
  )
{%- endmacro %}

{#- Fails where one of the texts is not one type: a table would take `integer, x int` as two columns. -#}
{% macro starc_check_are_types(types) -%}
  {{ return(adapter.dispatch('starc_check_are_types', 'dbt')(types)) }}
{%- endmacro %}
{% macro default__starc_check_are_types(types) -%}
{%- endmacro %}

{#- A query that gives columns of [name, type], and no values. -#}
{% macro starc_check_supposed(columns) -%}
  {{ return(adapter.dispatch('starc_check_supposed', 'dbt')(columns)) }}
{%- endmacro %}
{% macro default__starc_check_supposed(columns) -%}
  select
  {%- for name, type in columns %}
    cast(null as {{ type }}) as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{#- The database's own names of types, in their order. -#}
{% macro starc_check_type_names(relation, types) -%}
  {%- set made = relation.incorporate(path={'identifier': '__starc_types'}, type='table') -%}
  {%- set columns = [] -%}
  {%- for type in types -%}
    {%- do columns.append(['c' ~ loop.index0, api.Column.translate_type(type)]) -%}
  {%- endfor -%}
  {%- do starc_check_are_types(columns | map(attribute=1) | list) -%}
  {%- do starc_check_table(made, columns) -%}
  {%- set names = [] -%}
  {%- for row in starc_check_made_columns([made.schema]) if row[1] == made.identifier -%}
    {%- do names.append(row[3]) -%}
  {%- endfor -%}
  {%- do adapter.drop_relation(made) -%}
  {{ return(names) }}
{%- endmacro %}

{#- The query of a node as a build sends it. -#}
{% macro starc_check_built_query(sql) -%}
  {%- if model.resource_type == 'test' -%}
    {{ return(get_test_sql(sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), none)) }}
  {%- elif model.resource_type == 'unit_test' -%}
    {{ return(starc_check_unit_test(sql)) }}
  {%- endif -%}
  {{ return(starc_check_made(sql)) }}
{%- endmacro %}

{#- A query that no node reads: a view for a moment, where the database has no better way. ask: the value is the
    row of starc_check_doubt. -#}
{% macro starc_check_query(sql, header=true, ask=false) -%}
  {{ return(adapter.dispatch('starc_check_query', 'dbt')(sql, header, ask)) }}
{%- endmacro %}
{% macro default__starc_check_query(sql, header, ask) -%}
  {%- set relation = starc_check_view(sql, header, ask) -%}
  {%- set row = starc_check_answer() if ask else none -%}
  {%- do adapter.drop_relation(relation) -%}
  {{ return(row) }}
{%- endmacro %}
{#- The same where nothing follows it: what undoes the step takes the view with it, where steps are undone. -#}
{% macro starc_check_last_query(sql) -%}
  {{ return(adapter.dispatch('starc_check_last_query', 'dbt')(sql)) }}
{%- endmacro %}
{% macro default__starc_check_last_query(sql) -%}
  {%- do starc_check_query(sql) -%}
{%- endmacro %}

{#- A query that nothing is made of. -#}
{% macro starc_check_nobodys_query(sql) -%}
  {%- do adapter.dispatch('starc_check_nobodys_query', 'dbt')(sql) -%}
{%- endmacro %}
{% macro default__starc_check_nobodys_query(sql) -%}
  {%- do starc_check_last_query(sql) -%}
{%- endmacro %}

{#- Behind the statement that makes a relation of a query: a row of whether a build may refuse what this did not,
    so that the node is to be looked at as a build does, and of how many relations the query names. -#}
{% macro starc_check_doubt(relation) -%}
  {{ return(adapter.dispatch('starc_check_doubt', 'dbt')(relation)) }}
{%- endmacro %}
{% macro default__starc_check_doubt(relation) -%}
{%- endmacro %}

{#- That row, right behind the statement; none: the database has no such row. -#}
{% macro starc_check_answer() -%}
  {%- set rows = load_result('main').data -%}
  {{ return(rows[0] if rows else none) }}
{%- endmacro %}

{#- What the materialization gives, by that row. -#}
{% macro starc_check_given(relations, row) -%}
  {{ return({'relations': relations, 'doubt': row[0] if row else false, 'named': row[1] if row else none}) }}
{%- endmacro %}

{#- What a build finds in a query besides; made: the relation, where it makes a table of it; else none. -#}
{% macro starc_check_as_built(sql, made) -%}
  {%- do adapter.dispatch('starc_check_as_built', 'dbt')(sql, made) -%}
{%- endmacro %}
{% macro default__starc_check_as_built(sql, made) -%}
{%- endmacro %}
{% macro starc_check_view(sql, header=true, ask=false) -%}
  {%- set relation = this.incorporate(path={'identifier': '__dbt_check'}, type='view') -%}
  {% call statement('main', fetch_result=ask) -%}
    {{ starc_check_header() if header }}
    create view {{ relation.render() }} as {{ sql }}
    {{ starc_check_doubt(relation) if ask }}
  {%- endcall %}
  {{ return(relation) }}
{%- endmacro %}

{#- The columns of a query, which is not run. -#}
{% macro starc_check_query_columns(sql) -%}
  {%- set relation = starc_check_view(sql) -%}
  {%- set columns = adapter.get_columns_in_relation(relation) -%}
  {%- do adapter.drop_relation(relation) -%}
  {{ return(columns) }}
{%- endmacro %}

{#- A header that only sets what holds for the query; whatever else it does is not done. -#}
{% macro starc_check_header() -%}
  {%- set header = config.get('sql_header') or '' -%}
  {{ header if modules.re.match('(?i)(\\s*set\\s[^;]*;)*\\s*$', header) }}
{%- endmacro %}

{#- Fails where a relation has none of these columns, or an expression over them is wrong. -#}
{% macro starc_check_names(relation, names) -%}
  {%- if names -%}
    {%- do exceptions.starc_advise(columns=adapter.get_columns_in_relation(relation) | map(attribute='name') | list) -%}
    {%- set query -%}select {{ names | join(', ') }} from {{ relation.render() }}{%- endset -%}
    {%- do starc_check_query(query, header=false) -%}
    {%- do exceptions.starc_advise() -%}
  {%- endif -%}
{%- endmacro %}

{#- What is made of an expression of a semantic model: nothing, a time, an aggregate. -#}
{% macro starc_check_use(expression, use) -%}
  {%- if use == 'time' -%}
    date_trunc('day', {{ expression }})
  {%- elif use == 'average' -%}
    avg({{ expression }})
  {%- elif use == 'count_distinct' -%}
    count(distinct {{ expression }})
  {%- elif use == 'sum_boolean' -%}
    sum(case when {{ expression }} then 1 else 0 end)
  {%- elif use in ['count', 'max', 'min', 'sum'] -%}
    {{ use }}({{ expression }})
  {%- elif use in ['median', 'percentile'] -%}
    min({{ expression }})
  {%- else -%}
    ({{ expression }})
  {%- endif -%}
{%- endmacro %}

{#- Fails where one of these [expression, use] over a relation is wrong. Aggregates and others do not go together. -#}
{% macro starc_check_expressions(relation, expressions) -%}
  {%- do exceptions.starc_advise(columns=adapter.get_columns_in_relation(relation) | map(attribute='name') | list) -%}
  {%- for query in starc_check_expression_queries(relation, expressions, false) -%}
    {%- set view = relation.incorporate(path={'identifier': '__dbt_check'}, type='view') -%}
    {%- call statement('check_expressions') -%}
      create view {{ view.render() }} as {{ query }}
    {%- endcall -%}
    {%- do adapter.drop_relation(view) -%}
  {%- endfor -%}
  {%- do exceptions.starc_advise() -%}
{%- endmacro %}

{#- Whether the database takes a query beside the relation, as it is; else its error. -#}
{% macro starc_check_binds(relation, sql) -%}
  {%- do adapter.dispatch('starc_check_binds', 'dbt')(relation, sql) -%}
{%- endmacro %}
{% macro default__starc_check_binds(relation, sql) -%}
  {%- set view = relation.incorporate(path={'identifier': '__dbt_check'}, type='view') -%}
  {%- call statement('check_binds') -%}
    create view {{ view.render() }} as {{ sql }}
  {%- endcall -%}
  {%- do adapter.drop_relation(view) -%}
{%- endmacro %}

{#- The same as queries: one of what is there, one of aggregates. Each is [expression, use, name]; named: the columns
    have these names, the first of each. -#}
{% macro starc_check_expression_queries(relation, expressions, named=true) -%}
  {%- set queries = [] -%}
  {%- set plain = expressions | selectattr(1, 'in', ['', 'time']) | list -%}
  {%- set aggregates = expressions | rejectattr(1, 'in', ['', 'time']) | list -%}
  {%- for group in [plain, aggregates] if group -%}
    {%- set columns = {} -%}
    {%- for expression, use, name in group -%}
      {%- do columns.setdefault(name if named else 'c' ~ loop.index, starc_check_use(expression, use)) -%}
    {%- endfor -%}
    {%- set query -%}
      select
      {%- for name, made in columns.items() %}
        {{ made }} as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
      {%- endfor %}
      from {{ relation.render() }}
    {%- endset -%}
    {%- do queries.append(query) -%}
  {%- endfor -%}
  {{ return(queries) }}
{%- endmacro %}

{#- The query of what a node makes: of a snapshot with the columns that it adds. -#}
{% macro starc_check_made(sql) -%}
  {%- if model.resource_type != 'snapshot' -%}
    {{ return(sql) }}
  {%- endif -%}
  {%- set strategy = strategy_dispatch(config.get('strategy'))(model, 'snapshotted_data', 'source_data',
      model.config, false) -%}
  {{ return(build_snapshot_table(strategy, starc_snapshot_first_query(sql))) }}
{%- endmacro %}

{#- What hangs on a relation that was just made: keys, indexes, views into it. -#}
{% macro starc_check_extras(relation, sql) -%}
  {{ return(adapter.dispatch('starc_check_extras', 'dbt')(relation, sql)) }}
{%- endmacro %}
{% macro default__starc_check_extras(relation, sql) -%}
{%- endmacro %}

{#- The columns that a model replaces rows by, where that is the work of a strategy that comes with starc. -#}
{% macro starc_check_keys() -%}
  {%- set strategy = config.get('incremental_strategy') or 'default' -%}
  {%- set known = ['default', 'delete+insert', 'delete_insert', 'legacy', 'merge', 'microbatch'] -%}
  {%- set incremental = config.get('materialized') in ['incremental', 'distributed_incremental'] -%}
  {{ return(starc_key_columns(config.get('unique_key')) if incremental and strategy in known
      and not config.get('inserts_only') else []) }}
{%- endmacro %}

{#- A later run of an incremental model: the rows that it replaces, and the columns that its table has. The value
    is the row of starc_check_doubt. -#}
{% macro starc_check_later_run(relation, sql) -%}
  {%- set row = starc_check_query(sql, ask=true) -%}
  {%- if config.get('materialized') in ['incremental', 'distributed_incremental'] -%}
    {%- set columns = adapter.get_columns_in_relation(relation) -%}
    {%- if (config.get('on_schema_change') or 'ignore') == 'ignore' -%}
      {%- do starc_advise_columns(columns, 'ignore') -%}
      {%- set query -%}
        select {{ get_quoted_csv(columns | map(attribute='name')) }} from (
          {{ sql }}
        ) as starc_new_rows
      {%- endset -%}
      {%- do starc_check_query(query) -%}
      {%- do exceptions.starc_advise() -%}
    {%- endif -%}
    {%- set keys = starc_check_keys() -%}
    {%- set given = config.get('predicates') or config.get('incremental_predicates') or [] -%}
    {%- set predicates = [given] if given is string else given -%}
    {%- if keys and predicates -%}
      {%- do starc_check_query(adapter.dispatch('starc_check_replaced', 'dbt')(relation, sql, keys, predicates)) -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(row) }}
{%- endmacro %}

{#- The rows that a later run replaces, as a query; predicates name the two sides as the statements do. -#}
{% macro default__starc_check_replaced(relation, sql, keys, predicates) -%}
  {%- if config.get('incremental_strategy') in ['merge', 'microbatch'] -%}
  select 1 as one
  from {{ relation.render() }} as DBT_INTERNAL_DEST
  join (
    {{ sql }}
  ) as DBT_INTERNAL_SOURCE on (
    {%- for key in keys -%}
    {{ get_merge_unique_key_match('DBT_INTERNAL_SOURCE.' ~ key, 'DBT_INTERNAL_DEST.' ~ key) }} and {% endfor -%}
    ({{ predicates | join(') and (') }}))
  {%- else -%}
  select 1 as one
  from {{ relation.render() }} as DBT_INTERNAL_DEST
  where ({{ keys | join(', ') }}) in (
    select {{ keys | join(', ') }}
    from (
      {{ sql }}
    ) as DBT_INTERNAL_SOURCE
  ) and {{ predicates | join(' and ') }}
  {%- endif -%}
{%- endmacro %}

{#- A query of the given rows and the expected ones, which fit the columns and types; nothing is compared. -#}
{% macro starc_check_unit_test(sql) -%}
  {%- set expected_rows = config.get('expected_rows') -%}
  {%- set expected_sql = config.get('expected_sql') -%}
  {%- set types = {} -%}
  {%- set quoted = {} -%}
  {%- for column in starc_check_query_columns(sql) -%}
    {%- do types.update({column.name | lower: column.starc_type}) -%}
    {%- do quoted.update({column.name | lower: column.quoted}) -%}
  {%- endfor -%}
  {%- if not expected_sql -%}
    {%- set expected_sql = get_expected_sql(expected_rows, types, quoted) -%}
  {%- endif -%}
  {%- set compared = [] -%}
  {%- for name in (starc_row_names(expected_rows) if expected_rows else quoted.keys()) -%}
    {%- do compared.append(quoted[name]) -%}
  {%- endfor -%}
  {{ return(get_unit_test_sql(sql, expected_sql, compared)) }}
{%- endmacro %}

{#- A node whose relation is there: made with its first text, or it is none that has one. The value is
    the row of starc_check_doubt. -#}
{% macro starc_check_bare(existing) -%}
  {%- if model.resource_type in ['test', 'unit_test'] -%}
    {{ return(starc_check_last_query(starc_check_built_query(sql))) }}
  {%- elif model.resource_type == 'analysis' -%}
    {%- do starc_check_nobodys_query(sql) -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(starc_check_later_run(existing, sql)) }}
{%- endmacro %}

{% materialization starc_check, default %}
  {%- set existing = load_cached_relation(this) -%}
  {%- set relations = [existing] if existing is not none else [] -%}
  {%- if config.get('starc_check_as_built') -%}
    {%- set made = config.get('materialized') in ['table', 'incremental', 'snapshot']
        and not config.get('contract', {}).get('enforced') -%}
    {%- do starc_check_as_built(starc_check_built_query(sql), this if made else none) -%}
    {{ return({'relations': relations}) }}
  {%- elif relations or model.resource_type in ['test', 'unit_test', 'analysis'] -%}
    {{ return(starc_check_given(relations, starc_check_bare(existing))) }}
  {%- endif -%}

  {%- set relation = this.incorporate(type='view' if config.get('materialized') == 'view' else 'table') -%}
  {%- if model.resource_type == 'seed' -%}
    {%- do create_csv_table(model, load_agate_table()) -%}
  {%- else -%}
    {%- if config.get('contract', {}).get('enforced') -%}
      {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set made = starc_check_made(sql) -%}
    {% call statement('main', fetch_result=true) -%}
      {{ starc_check_relation(relation, made) }}
      {{ starc_check_doubt(relation) }}
    {%- endcall %}
    {%- set row = starc_check_answer() -%}
    {%- do starc_check_extras(relation, made) -%}
    {%- do starc_check_names(relation, starc_check_keys()) -%}
    {%- if config.get('incremental_strategy') == 'merge' -%}
      {%- do starc_check_names(relation, starc_key_columns(config.get('merge_update_columns'))) -%}
    {%- endif -%}
    {%- if config.get('strategy') == 'check' and config.get('check_cols') is not string -%}
      {%- do starc_check_names(relation, config.get('check_cols') or []) -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(starc_check_given([relation], row if row is defined else none)) }}
{% endmaterialization %}
