{#- Unit tests: the given rows as queries, the model's text over them, and what is expected, in one
    statement whose rows say which side they are of. -#}
{% materialization unit, default %}
  {%- set expected_rows = config.get('expected_rows') -%}
  {%- set expected_sql = config.get('expected_sql') -%}
  {%- set types = {} -%}
  {%- set quoted = {} -%}
  {%- for column in starc_unit_test_columns(sql) -%}
    {%- do types.update({column.name | lower: column.starc_type}) -%}
    {%- do quoted.update({column.name | lower: column.quoted}) -%}
  {%- endfor -%}

  {%- set compared = [] -%}
  {%- if not expected_sql -%}
    {%- set expected_sql = get_expected_sql(expected_rows, types, quoted) -%}
  {%- endif -%}
  {%- for name in (starc_row_names(expected_rows) if expected_rows else quoted.keys()) -%}
    {%- do compared.append(quoted[name]) -%}
  {%- endfor -%}

  {% call statement('main', fetch_result=true) -%}
    {%- if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS and config.get('sql_header') %}
    {{ config.get('sql_header') }}
    {%- endif %}
    {{ get_unit_test_sql(sql, expected_sql, compared) }}
  {%- endcall %}
  {{ return({'relations': []}) }}
{% endmaterialization %}

{#- The columns that the model gives, with their types as the database writes them. -#}
{% macro starc_unit_test_columns(sql) -%}
  {{ return(adapter.dispatch('starc_unit_test_columns', 'dbt')(sql)) }}
{%- endmacro %}
{% macro default__starc_unit_test_columns(sql) -%}
  {%- set temp = make_temp_relation(this.incorporate(type='table')) -%}
  {%- do run_query(get_create_table_as_sql(true, temp, get_empty_subquery_sql(sql))) -%}
  {%- set columns = adapter.get_columns_in_relation(temp) -%}
  {%- do adapter.drop_relation(temp) -%}
  {{ return(columns) }}
{%- endmacro %}

{#- Rows in the place of a relation: columns that a row does not name are NULL of their type. -#}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
  {%- set types = {} -%}
  {%- set quoted = {} -%}
  {%- if column_name_to_data_types -%}
    {%- do types.update(column_name_to_data_types) -%}
    {%- for name in types -%}
      {%- do quoted.update({name: adapter.quote(name)}) -%}
    {%- endfor -%}
  {%- else -%}
    {%- set source_relation = defer_relation if defer_relation and not load_relation(this) else this -%}
    {%- for column in (starc_unit_test_columns(_dbt_fixture_query) if _dbt_fixture_query is defined
        else adapter.get_columns_in_relation(source_relation)) -%}
      {%- do types.update({column.name | lower: column.starc_type}) -%}
      {%- do quoted.update({column.name | lower: column.quoted}) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if not types -%}
    {%- do exceptions.raise_compiler_error("the types of the rows given for '" ~ model.name ~ "' are those of "
        ~ this ~ ", which is not in the database: build it first (--empty is enough), or give the rows with "
        ~ "`format: sql`") -%}
  {%- endif -%}
  {%- do validate_fixture_rows(rows, none) -%}
  {%- do starc_known_names(rows, types) -%}

  {%- set empty = {} -%}
  {%- for name, type in types.items() -%}
    {%- do empty.update({name: safe_cast('null', type) | trim}) -%}
  {%- endfor -%}
  {{- '\n-- Fixture for ' ~ model.name ~ '\n' -}}
  {%- for row in rows -%}
    {%- set values = empty.copy() -%}
    {%- do values.update(format_row(row, types)) -%}
    {{ starc_row_sql(values, quoted) }}
    {%- if not loop.last %}
union all
{% endif -%}
  {%- else -%}
    {{ starc_row_sql(empty, quoted) }}
where false
  {%- endfor -%}
{%- endmacro %}

{% macro starc_row_sql(values, quoted) -%}
  select
  {%- for name, value in values.items() %} {{ value }} as {{ quoted[name] }}{{ ',' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- The columns that any of the rows names, in lower case. -#}
{% macro starc_row_names(rows) -%}
  {%- set names = [] -%}
  {%- for row in rows -%}
    {%- for name in row if name | lower not in names -%}
      {%- do names.append(name | lower) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(names) }}
{%- endmacro %}

{#- Only columns that some row names are compared; a row that leaves one out expects NULL. -#}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) -%}
  {%- do starc_known_names(rows, column_name_to_data_types) -%}
  {%- set empty = {} -%}
  {%- for name in starc_row_names(rows) -%}
    {%- do empty.update({name: none}) -%}
  {%- endfor -%}
  {%- for row in rows -%}
    {%- set whole = empty.copy() -%}
    {%- for name, value in row.items() -%}
      {%- do whole.update({name | lower: value}) -%}
    {%- endfor -%}
    {{ starc_row_sql(format_row(whole, column_name_to_data_types), column_name_to_quoted) }}
    {%- if not loop.last %}
union all
{% endif -%}
  {%- else -%}
    select * from dbt_internal_unit_test_actual
    where false
  {%- endfor -%}
{%- endmacro %}

{#- Fails for names of rows that are none of the columns: all of them at once. -#}
{% macro starc_known_names(rows, types) -%}
  {%- set unknown = {} -%}
  {%- for row in rows -%}
    {%- for name in row if name | lower not in types -%}
      {%- do unknown.update({name | lower: unknown.get(name | lower, 0) + 1}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set names = unknown.keys() | list -%}
  {%- if names -%}
    {%- set name = names[0] -%}
    {%- set whose = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" -%}
    {%- set in_rows = ' ' ~ unknown[name] ~ ' rows have it.' if unknown[name] > 1 else '' -%}
    {%- set others = " Invalid too: '" ~ names[1:] | join("', '") ~ "'." if names[1:] else '' -%}
    {%- do exceptions.starc_unknown_name(name, types.keys() | list, "Invalid column name: '" ~ name
        ~ "' in unit test fixture for " ~ whose ~ '.' ~ in_rows ~ others) -%}
  {%- endif -%}
{%- endmacro %}

{#- A row's values as SQL of their columns' types, under names in lower case. -#}
{% macro format_row(row, column_name_to_data_types) -%}
  {%- do starc_known_names([row], column_name_to_data_types) -%}
  {%- set values = {} -%}
  {%- for written, value in row.items() -%}
    {%- set name = written | lower -%}
    {%- do values.update({name: starc_fixture_value(value, column_name_to_data_types[name])}) -%}
  {%- endfor -%}
  {{ return(values) }}
{%- endmacro %}

{#- A value of a row as SQL of a type. What the YAML gives as a list or a mapping becomes text too. -#}
{% macro starc_fixture_value(value, type) -%}
  {%- if value is none -%}
    {{ return(safe_cast('null', type)) }}
  {%- elif value is number or value is boolean -%}
    {{ return(safe_cast(value, type)) }}
  {%- endif -%}
  {%- set text = value if value is string else adapter.starc_fixture_text(value, type) -%}
  {%- set literal = dbt.string_literal(dbt.escape_single_quotes(text)) -%}
  {{ return(adapter.dispatch('starc_fixture_cast', 'dbt')(literal, text, type)) }}
{%- endmacro %}
{% macro default__starc_fixture_cast(literal, text, type) -%}
  {{ return(safe_cast(literal, type)) }}
{%- endmacro %}

{#- For adapters that want to refuse rows. -#}
{% macro validate_fixture_rows(rows, row_number) -%}
  {{ return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) }}
{%- endmacro %}
{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}

{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {{ return(adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names)) }}
{%- endmacro %}
{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {%- set columns = expected_column_names | join(', ') -%}
  {%- set side = adapter.quote('actual_or_expected') -%}
with dbt_internal_unit_test_actual as (
  select {{ columns }}, {{ dbt.string_literal('actual') }} as {{ side }}
  from (
{{ main_sql }}
  ) _dbt_internal_unit_test_actual
),

dbt_internal_unit_test_expected as (
  select {{ columns }}, {{ dbt.string_literal('expected') }} as {{ side }}
  from (
{{ expected_fixture_sql }}
  ) _dbt_internal_unit_test_expected
)

select * from dbt_internal_unit_test_actual
union all
select * from dbt_internal_unit_test_expected
{%- endmacro %}
