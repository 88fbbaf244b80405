{#- Seeds. A table object here knows names and types; its rows stay in the file and are streamed. -#}
{% macro create_csv_table(model, agate_table) -%}
  {{ return(adapter.dispatch('create_csv_table', 'dbt')(model, agate_table)) }}
{%- endmacro %}

{#- Runs the create statement and returns its text. -#}
{% macro default__create_csv_table(model, agate_table) %}
  {%- set given = model['config'].get('column_types') or {} -%}
  {%- set quote = model['config'].get('quote_columns', none) -%}
  {%- set parts = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- set type = api.Column.translate_type(given.get(name) or adapter.convert_type(agate_table, loop.index0)) -%}
    {%- do parts.append(adapter.quote_seed_column(name, quote) ~ ' ' ~ type) -%}
  {%- endfor -%}
  {%- set text -%}
    create table {{ this.render() }} (
      {{ parts | join(',\n      ') }}
    )
  {%- endset -%}
  {%- call statement('create_csv_table') -%}
    {{ text }}
  {%- endcall -%}
  {{ return(text) }}
{% endmacro %}

{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {{ return(adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table)) }}
{%- endmacro %}

{#- Empties the table, or makes it anew. DELETE and not TRUNCATE: a reader whose snapshot is older
    than a truncate sees an empty table. -#}
{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {%- if full_refresh -%}
    {%- call statement('drop_csv_table') -%}
      {{ get_drop_sql(old_relation) }}
    {%- endcall -%}
    {{ return(create_csv_table(model, agate_table)) }}
  {%- endif -%}
  {%- set text -%}delete from {{ old_relation.render() }}{%- endset -%}
  {%- call statement('empty_csv_table') -%}
    {{ text }}
  {%- endcall -%}
  {{ return(text) }}
{% endmacro %}

{% macro load_csv_rows(model, agate_table) -%}
  {{ return(adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table)) }}
{%- endmacro %}

{#- Streams the file into the table and returns how many rows there were. -#}
{% macro default__load_csv_rows(model, agate_table) %}
  {{ return(adapter.load_seed_rows(model, agate_table, this)) }}
{% endmacro %}

{#- The columns of a seed's table with the database's names of their types: what its cells must fit. -#}
{% macro starc_seed_columns(relation) -%}
  {{ return(adapter.dispatch('starc_seed_columns', 'dbt')(relation)) }}
{%- endmacro %}
{% macro default__starc_seed_columns(relation) %}
  {%- set found = [] -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do found.append([column.name, column.starc_type]) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{% macro get_csv_sql(create_or_truncate_sql, insert_sql) %}
  {{ return(adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql)) }}
{% endmacro %}
{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) %}
  {{ create_or_truncate_sql }};
  {{ insert_sql }}
{% endmacro %}

{% macro get_seed_column_quoted_csv(model, column_names) %}
  {%- set quote = model['config'].get('quote_columns', none) -%}
  {%- set quoted = [] -%}
  {%- for name in column_names -%}
    {%- do quoted.append(adapter.quote_seed_column(name, quote)) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{% endmacro %}

{% macro get_batch_size() -%}
  {{ return(adapter.dispatch('get_batch_size', 'dbt')()) }}
{%- endmacro %}
{% macro default__get_batch_size() %}
  {{ return(10000) }}
{% endmacro %}

{% macro get_binding_char() -%}
  {{ return(adapter.dispatch('get_binding_char', 'dbt')()) }}
{%- endmacro %}
{% macro default__get_binding_char() %}
  {{ return('%s') }}
{% endmacro %}
