{#- starc_check: what the database makes of a node's SQL. Its relation is made empty, from its own query. -#}

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

{#- Rows of schema, relation, column and type for all relations of these schemas, columns in order. -#}
{% macro starc_check_made_columns(schemas) -%}
  {{ return(adapter.dispatch('starc_check_made_columns', 'dbt')(schemas)) }}
{%- endmacro %}

{#- Makes a table of [name, type], without rows. -#}
{% macro starc_check_table(relation, columns) -%}
  {%- do create_schema(relation) -%}
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

{#- A query that no node reads: a view for a moment. -#}
{% macro starc_check_query(sql) -%}
  {%- set relation = this.incorporate(path={'identifier': '__dbt_check'}, type='view') -%}
  {% call statement('main') -%}
    create view {{ relation.render() }} as {{ sql }}
  {%- endcall %}
  {%- do adapter.drop_relation(relation) -%}
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

{% materialization starc_check, default %}
  {%- set existing = load_cached_relation(this) -%}
  {%- if model.resource_type == 'test' -%}
    {%- do starc_check_query(get_test_sql(sql, config.get('fail_calc'), config.get('warn_if'),
        config.get('error_if'), none)) -%}
    {{ return({'relations': []}) }}
  {%- elif existing is not none -%}
    {%- do starc_check_query(sql) -%}
    {{ return({'relations': [existing]}) }}
  {%- endif -%}

  {%- set relation = this.incorporate(type='view' if config.get('materialized') == 'view' else 'table') -%}
  {%- if model.resource_type == 'seed' -%}
    {%- do create_csv_table(model, load_agate_table()) -%}
  {%- else -%}
    {%- if config.get('materialized') == 'dictionary' -%}
      {%- do starc_check_query(sql) -%}
    {%- elif config.get('contract', {}).get('enforced') -%}
      {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {% call statement('main') -%}
      {{ starc_check_relation(relation, starc_check_made(sql)) }}
    {%- endcall %}
    {%- if config.get('strategy') == 'check' and config.get('check_cols') is not string -%}
      {%- do starc_need_columns(relation, config.get('check_cols') or []) -%}
    {%- endif -%}
  {%- endif -%}
  {{ return({'relations': [relation]}) }}
{% endmaterialization %}
