{#- ClickHouse: the columns of queries, contracts, limits in front of settings, other databases' copies. -#}

{% macro clickhouse__make_temp_relation(base_relation, suffix) %}
  {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix,
      'schema': base_relation.schema})) }}
{% endmacro %}

{% macro clickhouse__get_columns_in_query(select_sql) %}
  {%- set query -%}select * from (
{{ select_sql }}
) as __dbt_sbq limit 0{%- endset -%}
  {%- set empty = run_query(query) -%}
  {{ return(empty.columns | map(attribute='name') | list) }}
{% endmacro %}

{#- [whether it is there, the relation], which knows whether it can be exchanged. -#}
{% macro clickhouse__get_or_create_relation(database, schema, identifier, type) %}
  {%- set found = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
  {%- if found is not none -%}
    {{ return([true, found]) }}
  {%- endif -%}
  {{ return([false, api.Relation.create(
      database=none, schema=schema, identifier=identifier, type=type,
      can_exchange=adapter.can_exchange(schema, type),
      can_on_cluster=adapter.should_on_cluster(config.get('materialized'), engine_clause()))]) }}
{% endmacro %}

{% macro clickhouse__get_database(database) %}
  {%- set text -%}
    select name, engine, comment from system.databases where name = {{ starc_ch_text(database) }}
  {%- endset -%}
  {{ return(run_query(text)) }}
{% endmacro %}

{#- Names and types of the query must be those of the YAML, whatever their order. The server says which
    types are one under two names: double and Float64. -#}
{% macro clickhouse__get_assert_columns_equivalent(sql) -%}
  {%- set promised = model['columns'].values() | list -%}
  {%- set given = adapter.get_column_schema_from_query(sql, query_settings=config.get('query_settings') or {}) -%}
  {%- set want = {} -%}
  {%- for column in promised -%}
    {%- do want.update({column.name: column.data_type}) -%}
  {%- endfor -%}
  {%- set doubtful = {} -%}
  {%- for column in given if want.get(column.name) and want[column.name] != column.data_type -%}
    {%- do doubtful.update({column.name: want[column.name]}) -%}
  {%- endfor -%}
  {%- set meant = starc_ch_types_meant(doubtful) -%}
  {%- set have = [] -%}
  {%- set same = [] -%}
  {%- for column in given -%}
    {%- if want.get(column.name) and meant.get(column.name, column.starc_type) == column.starc_type -%}
      {%- do same.append(column.name) -%}
    {%- endif -%}
    {%- do have.append({'name': column.name, 'data_type': want[column.name] if column.name in same
        else column.starc_type}) -%}
  {%- endfor -%}
  {%- if not promised or same | length != promised | length or same | length != given | length -%}
    {%- do exceptions.raise_contract_error(promised, have) -%}
  {%- endif -%}
{%- endmacro %}

{#- {column: type}, with the types as the server writes them. -#}
{% macro starc_ch_types_meant(types) -%}
  {%- set meant = {} -%}
  {%- if types -%}
    {%- set values = [] -%}
    {%- for name, type in types.items() -%}
      {%- set part -%}
        defaultValueOfTypeName({{ starc_ch_text(type) }}) as {{ adapter.quote(name) }}
      {%- endset -%}
      {%- do values.append(part) -%}
    {%- endfor -%}
    {%- set query -%}select {{ values | join(', ') }}{%- endset -%}
    {%- for column in adapter.get_column_schema_from_query(query) -%}
      {%- do meant.update({column.name: column.starc_type}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(meant) }}
{%- endmacro %}

{% macro clickhouse__starc_unit_test_columns(sql) %}
  {{ return(adapter.get_column_schema_from_query(sql)) }}
{% endmacro %}

{#- A text is cast to a tuple that holds a map, and to no map alone. -#}
{% macro clickhouse__starc_fixture_cast(literal, text, type) %}
  {%- if type.startswith('Map(') -%}
    {%- set made -%}
      tupleElement({{ safe_cast(dbt.string_literal(dbt.escape_single_quotes('(' ~ text ~ ')')), 'Tuple(' ~ type
          ~ ')') }}, 1)
    {%- endset -%}
    {{ return(made) }}
  {%- endif -%}
  {{ return(safe_cast(literal, type)) }}
{% endmacro %}

{% materialization unit, adapter='clickhouse' %}
  {{ return(context['materialization_unit_default']()) }}
{% endmaterialization %}

{#- CLONE AS shares the parts of a table, so only engines that have parts can. -#}
{% macro clickhouse__can_clone_table() %}
  {{ return(not (config.get('materialized') or '').startswith('distributed_')
      and 'MergeTree' in config.get('engine', default='MergeTree()')) }}
{% endmacro %}

{% macro clickhouse__create_or_replace_clone(this_relation, defer_relation) %}
  create or replace table {{ this_relation.render() }} {{ on_cluster_clause(this_relation) }} clone as {{
    defer_relation.render() }}
{% endmacro %}

{#- Rows of files in S3: what the arguments leave out is taken from the var of that name. -#}
{% macro clickhouse_s3source(config_name='', bucket='', path='', fmt='', structure='', aws_access_key_id='',
    aws_secret_access_key='', role_arn='', compression='', external_id='') %}
  {%- if config_name and not config_name.lower().endswith('s3') -%}
    {%- do exceptions.raise_compiler_error("the name of an S3 configuration ends with s3; '" ~ config_name
        ~ "' does not") -%}
  {%- endif -%}
  {{ adapter.s3source_clause(
      config_name=config_name, s3_model_config=config.get(config_name, {}), bucket=bucket, path=path, fmt=fmt,
      structure=structure, aws_access_key_id=aws_access_key_id, aws_secret_access_key=aws_secret_access_key,
      role_arn=role_arn, compression=compression, external_id=external_id) }}
{% endmacro %}

{% macro clickhouse__load_csv_rows(model, agate_table) %}
  {{ return(adapter.load_seed_rows(model, agate_table, this)) }}
{% endmacro %}
