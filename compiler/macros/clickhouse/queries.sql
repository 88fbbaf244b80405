{#- ClickHouse: the columns of queries, contracts, limits in front of settings, other databases' copies. -#}

{% macro clickhouse__make_temp_relation(base_relation, suffix) %}
  {{ return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix, 'schema': base_relation.schema})) }}
{% endmacro %}

{% macro clickhouse__get_columns_in_query(select_sql) %}
  {%- set empty = run_query('select * from (\n' ~ select_sql ~ '\n) as __dbt_sbq limit 0') -%}
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
  {{ return(run_query('select name, engine, comment from system.databases where name = ' ~ starc_ch_text(database))) }}
{% endmacro %}

{#- Names and types of the query must be those of the YAML, whatever their order. -#}
{% macro clickhouse__get_assert_columns_equivalent(sql) -%}
  {%- set promised = model['columns'].values() | list -%}
  {%- set given = adapter.get_column_schema_from_query(sql, query_settings=config.get('query_settings') or {}) -%}
  {%- set have = adapter.format_columns(given) -%}
  {%- set want = {} -%}
  {%- for column in promised -%}
    {%- do want.update({column.name: column.data_type}) -%}
  {%- endfor -%}
  {%- set same = promised and have | length == promised | length -%}
  {%- for column in have if same -%}
    {%- if want.get(column.name) != column.data_type -%}
      {%- do exceptions.raise_contract_error(promised, have) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not same -%}
    {%- do exceptions.raise_contract_error(promised, have) -%}
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__starc_unit_test_columns(sql) %}
  {{ return(adapter.get_column_schema_from_query(sql)) }}
{% endmacro %}

{% materialization unit, adapter='clickhouse' %}
  {{ return(context['materialization_unit_default']()) }}
{% endmaterialization %}

{#- CLONE AS shares the parts of a table, so only engines that have parts can. -#}
{% macro clickhouse__can_clone_table() %}
  {{ return(not (config.get('materialized') or '').startswith('distributed_') and 'MergeTree' in config.get('engine', default='MergeTree()')) }}
{% endmacro %}

{% macro clickhouse__create_or_replace_clone(this_relation, defer_relation) %}
  create or replace table {{ this_relation.render() }} {{ on_cluster_clause(this_relation) }} clone as {{ defer_relation.render() }}
{% endmacro %}

{#- Rows of files in S3: what the arguments leave out is taken from the var of that name. -#}
{% macro clickhouse_s3source(config_name='', bucket='', path='', fmt='', structure='', aws_access_key_id='', aws_secret_access_key='', role_arn='', compression='', external_id='') %}
  {%- if config_name and not config_name.lower().endswith('s3') -%}
    {%- do exceptions.raise_compiler_error("the name of an S3 configuration ends with s3; '" ~ config_name ~ "' does not") -%}
  {%- endif -%}
  {{ adapter.s3source_clause(
      config_name=config_name, s3_model_config=config.get(config_name, {}), bucket=bucket, path=path, fmt=fmt,
      structure=structure, aws_access_key_id=aws_access_key_id, aws_secret_access_key=aws_secret_access_key,
      role_arn=role_arn, compression=compression, external_id=external_id) }}
{% endmacro %}

{% macro clickhouse__load_csv_rows(model, agate_table) %}
  {{ return(adapter.load_seed_rows(model, agate_table, this)) }}
{% endmacro %}
