{#- Columns: of a relation, of a query, changed in place, promised by a contract. -#}
{% macro get_columns_in_relation(relation) -%}
  {{ return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) }}
{%- endmacro %}
{% macro default__get_columns_in_relation(relation) -%}
  {{ exceptions.raise_not_implemented('get_columns_in_relation is not there for adapter ' ~ adapter.type()) }}
{%- endmacro %}

{#- Rows of name, type and, where known, length, precision and scale -> Column objects. -#}
{% macro sql_convert_columns_in_relation(table) -%}
  {%- set columns = [] -%}
  {%- for row in table -%}
    {%- do columns.append(api.Column(*row)) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{#- A query with no rows: its names and types and nothing else. -#}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
  {{ return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) }}
{%- endmacro %}
{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
  {%- if select_sql_header %}
  {{ select_sql_header }}
  {%- endif %}
  select * from (
    {{ select_sql }}
  ) as __dbt_sbq
  where false
  limit 0
{%- endmacro %}

{#- The columns that YAML promises, as a query with no rows. -#}
{% macro get_empty_schema_sql(columns) -%}
  {{ return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) }}
{%- endmacro %}
{% macro default__get_empty_schema_sql(columns) -%}
  {%- set untyped = [] -%}
  {%- for column in columns.values() if not column.data_type -%}
    {%- do untyped.append(column.name) -%}
  {%- endfor -%}
  {%- if untyped -%}
    {%- do exceptions.column_type_missing(column_names=untyped) -%}
  {%- endif -%}
  select
  {%- for column in columns.values() %}
    {{ cast('null', starc_type_of_values(column.data_type)) }} as {{ adapter.quote(column.name) if column.quote
        else column.name }}
    {{- ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{#- The type that the values of a column have, where a table can be made with words that are no type. -#}
{% macro starc_type_of_values(data_type) -%}
  {{ return(adapter.dispatch('starc_type_of_values', 'dbt')(data_type)) }}
{%- endmacro %}
{% macro default__starc_type_of_values(data_type) -%}
  {{ return(data_type) }}
{%- endmacro %}

{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
  {{ return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, select_sql_header))) }}
{%- endmacro %}

{% macro get_columns_in_query(select_sql) -%}
  {{ return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) }}
{%- endmacro %}
{% macro default__get_columns_in_query(select_sql) -%}
  {%- set names = [] -%}
  {%- for column in run_query(get_empty_subquery_sql(select_sql)).columns -%}
    {%- do names.append(column.name) -%}
  {%- endfor -%}
  {{ return(names) }}
{%- endmacro %}

{% macro get_list_of_column_names(columns) -%}
  {{ return(columns | map(attribute='name') | list) }}
{%- endmacro %}

{% macro get_quoted_csv(column_names) -%}
  {%- set quoted = [] -%}
  {%- for name in column_names -%}
    {%- do quoted.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{%- endmacro %}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
  {{ return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) }}
{%- endmacro %}
{#- A new column takes the values over and then the name. -#}
{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
  {%- set old = adapter.quote(column_name) -%}
  {%- set new = adapter.quote(column_name ~ '__dbt_alter') -%}
  {%- call statement('alter_column_type') -%}
    alter table {{ relation.render() }} add column {{ new }} {{ new_column_type }};
    update {{ relation.render() }} set {{ new }} = {{ old }};
    alter table {{ relation.render() }} drop column {{ old }} cascade;
    alter table {{ relation.render() }} rename column {{ new }} to {{ old }}
  {%- endcall -%}
{%- endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
  {{ return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) }}
{%- endmacro %}
{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) -%}
  {%- set steps = [] -%}
  {%- for column in add_columns or [] -%}
    {%- set part -%}add column {{ column.quoted }} {{ column.starc_type or column.data_type }}{%- endset -%}
    {%- do steps.append(part) -%}
  {%- endfor -%}
  {%- for column in remove_columns or [] -%}
    {%- set part -%}drop column {{ column.quoted }}{%- endset -%}
    {%- do steps.append(part) -%}
  {%- endfor -%}
  {%- if steps -%}
    {%- set query -%}
      alter {{ relation.type or 'table' }} {{ relation.render() }} {{ steps | join(', ') }}
    {%- endset -%}
    {%- do run_query(query) -%}
  {%- endif -%}
{%- endmacro %}

{#- Contracts. -#}
{% macro get_assert_columns_equivalent(sql) -%}
  {{ return(adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql)) }}
{%- endmacro %}
{% macro default__get_assert_columns_equivalent(sql) -%}
  {{ return(assert_columns_equivalent(sql)) }}
{%- endmacro %}

{% macro format_columns(columns) %}
  {%- set formatted = [] -%}
  {%- for column in columns -%}
    {%- do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) -%}
  {%- endfor -%}
  {{ return(formatted) }}
{% endmacro %}
{% macro default__format_column(column) -%}
  {%- set type = column.dtype -%}
  {{ return({'name': column.column.lower(), 'data_type': type, 'formatted': column.column.lower() ~ ' ' ~ type}) }}
{%- endmacro %}

{#- Fails with a table of what differs when a query does not give the columns YAML promises. -#}
{% macro assert_columns_equivalent(sql) -%}
  {%- set promised = get_column_schema_from_query(get_empty_schema_sql(model.columns), config.get('sql_header')) -%}
  {%- set given = get_column_schema_from_query(sql, config.get('sql_header')) -%}
  {%- set want = format_columns(promised) -%}
  {%- set have = format_columns(given) -%}
  {%- if want | length != have | length
      or want | map(attribute='formatted') | sort | list != have | map(attribute='formatted') | sort | list -%}
    {%- do exceptions.raise_contract_error(want, have) -%}
  {%- endif -%}
{%- endmacro %}

{% macro get_table_columns_and_constraints() -%}
  {{ return(adapter.dispatch('get_table_columns_and_constraints', 'dbt')()) }}
{%- endmacro %}
{% macro default__get_table_columns_and_constraints() -%}
  {{ return(table_columns_and_constraints()) }}
{%- endmacro %}
{% macro table_columns_and_constraints() %}
  {%- set parts = adapter.render_raw_columns_constraints(raw_columns=model['columns'])
      + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
  (
    {{ parts | join(',\n    ') }}
  )
{% endmacro %}

{#- Columns in the order of the table, so that the query's order does not matter. -#}
{% macro get_select_subquery(sql) -%}
  {{ return(adapter.dispatch('get_select_subquery', 'dbt')(sql)) }}
{%- endmacro %}
{% macro default__get_select_subquery(sql) -%}
  select {{ adapter.dispatch('get_column_names', 'dbt')() }}
  from (
    {{ sql }}
  ) as model_subq
{%- endmacro %}
{% macro default__get_column_names() -%}
  {%- set names = [] -%}
  {%- for column in model.columns.values() -%}
    {%- do names.append(adapter.quote(column.name) if column.quote else column.name) -%}
  {%- endfor -%}
  {{ return(names | join(', ')) }}
{%- endmacro %}
