{#- Unit tests: given rows become queries with the columns and types of what they stand for; what the
    model makes of them is put beside the expected rows. -#}

{% materialization unit, default %}
  {%- set expected_rows = config.get('expected_rows') -%}
  {%- set expected_sql = config.get('expected_sql') -%}
  {%- set names = expected_rows[0].keys() if expected_rows else get_columns_in_query(sql) -%}

  {%- set types = {} -%}
  {%- set quoted = {} -%}
  {%- for column in unit_test_columns(sql) -%}
    {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- do quoted.update({column.name | lower: column.quoted}) -%}
  {%- endfor -%}
  {%- set compared = [] -%}
  {%- for name in names -%}
    {%- do compared.append(quoted[name | lower]) -%}
  {%- endfor -%}

  {%- if not expected_sql -%}
    {%- set expected_sql = get_expected_sql(expected_rows, types, quoted) -%}
  {%- endif -%}
  {%- call statement('main', fetch_result=True) -%}
    {%- if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS and config.get('sql_header') %}
    {{ config.get('sql_header') }}
    {%- endif %}
    {{ get_unit_test_sql(sql, expected_sql, compared) }}
  {%- endcall -%}
  {{ return({'relations': []}) }}
{% endmaterialization %}

{#- The columns that a query gives, with types that a cast understands. -#}
{% macro unit_test_columns(sql) %}
  {{ return(adapter.dispatch('unit_test_columns', 'dbt')(sql)) }}
{% endmacro %}
{% macro default__unit_test_columns(sql) %}
  {%- set temp_relation = make_temp_relation(this.incorporate(type='table')) -%}
  {%- do run_query(get_create_table_as_sql(True, temp_relation, get_empty_subquery_sql(sql))) -%}
  {%- set columns = adapter.get_columns_in_relation(temp_relation) -%}
  {%- do adapter.drop_relation(temp_relation) -%}
  {{ return(columns) }}
{% endmacro %}

{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {{ adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names) }}
{%- endmacro %}
{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
with dbt_internal_unit_test_actual as (
  select
    {{ expected_column_names | join(', ') }}, {{ dbt.string_literal('actual') }} as {{ adapter.quote('actual_or_expected') }}
  from (
    {{ main_sql }}
  ) _dbt_internal_unit_test_actual
),

dbt_internal_unit_test_expected as (
  select
    {{ expected_column_names | join(', ') }}, {{ dbt.string_literal('expected') }} as {{ adapter.quote('actual_or_expected') }}
  from (
    {{ expected_fixture_sql }}
  ) _dbt_internal_unit_test_expected
)

select * from dbt_internal_unit_test_actual
union all
select * from dbt_internal_unit_test_expected
{%- endmacro %}

{#- Given rows. Columns that a row leaves out are NULL. Without column_name_to_data_types the types are
    those of the relation in the database: this node's, or the one it is deferred to. -#}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
  {%- set quoted = {} -%}
  {%- set types = column_name_to_data_types or {} -%}
  {%- if not types -%}
    {%- set relation = defer_relation if defer_relation and not load_relation(this) else this -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do types.update({column.name | lower: column.data_type}) -%}
      {%- do quoted.update({column.name | lower: column.quoted}) -%}
    {%- endfor -%}
    {%- if not types -%}
      {%- do exceptions.raise_compiler_error("the columns of '" ~ model.name ~ "' are not known: " ~ relation ~ ' is not in the database yet') -%}
    {%- endif -%}
  {%- endif -%}
  {%- do validate_fixture_rows(rows, row_number) -%}

  {%- set defaults = {} -%}
  {%- for name, type in types.items() -%}
    {%- do defaults.update({name: safe_cast('null', type) | trim}) -%}
  {%- endfor %}
-- Fixture for {{ model.name }}
  {%- for row in (rows or [{}]) -%}
    {%- set cells = defaults.copy() -%}
    {%- do cells.update(format_row(row, types)) %}
select
    {%- for name, cell in cells.items() %} {{ cell }} as {{ quoted[name] or name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- if not loop.last %}
union all
    {%- endif -%}
  {%- endfor -%}
  {%- if not rows %}
limit 0
  {%- endif %}
{% endmacro %}

{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) %}
  {%- if not rows -%}
select * from dbt_internal_unit_test_actual
limit 0
  {%- endif -%}
  {%- for row in rows -%}
select
    {%- for name, cell in format_row(row, column_name_to_data_types).items() %} {{ cell }} as {{ column_name_to_quoted[name] }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- if not loop.last %}
union all
{% endif -%}
  {%- endfor -%}
{% endmacro %}

{#- {column: its value as SQL of the column's type}. -#}
{% macro format_row(row, column_name_to_data_types) -%}
  {%- set cells = {} -%}
  {%- for name, value in row.items() -%}
    {%- set type = column_name_to_data_types.get(name | lower) -%}
    {%- if type is none -%}
      {%- set where = 'the expected rows' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" -%}
      {%- do exceptions.raise_compiler_error("Invalid column name: '" ~ (name | lower) ~ "' in unit test fixture for " ~ where
          ~ '. It has: ' ~ (column_name_to_data_types.keys() | join(', '))) -%}
    {%- endif -%}
    {%- set literal = value -%}
    {%- if value is string -%}
      {#- A length would cut the value off before it is compared. -#}
      {%- set type = type.split('(')[0] if 'varying' in type else type -%}
      {%- set literal = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
    {%- elif value is none -%}
      {%- set literal = 'null' -%}
    {%- endif -%}
    {%- do cells.update({name | lower: safe_cast(literal, type)}) -%}
  {%- endfor -%}
  {{ return(cells) }}
{%- endmacro %}

{#- For adapters whose databases cannot have every value in a fixture. -#}
{% macro validate_fixture_rows(rows, row_number) -%}
  {{ return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) }}
{%- endmacro %}
{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}
