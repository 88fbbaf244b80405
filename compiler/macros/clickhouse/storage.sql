{#- ClickHouse: what stands in a CREATE TABLE besides its query, and the statements that make and
    fill a table. The macros have the names that projects call or override. -#}

{#- a, b of a column, a list or a text as it is. -#}
{% macro starc_ch_columns(value) -%}
  {{ return(value if value is string else (value | join(', '))) }}
{%- endmacro %}

{% macro engine_clause() -%}
  engine = {{ config.get('engine', default='MergeTree()') }}
{%- endmacro %}

{% macro partition_cols(label='partition by') -%}
  {%- set columns = config.get('partition_by') -%}
  {%- if columns %}{{ label }} ({{ starc_ch_columns(columns) }}){% endif -%}
{%- endmacro %}

{% macro primary_key_clause(label='primary key') -%}
  {%- set columns = config.get('primary_key') -%}
  {%- if columns %}{{ label }} {{ columns if columns is string else '(' ~ (columns | join(', ')) ~ ')' }}{% endif -%}
{%- endmacro %}

{#- Only engines that sort their data have it. -#}
{% macro order_cols(label='order by') -%}
  {%- set engine = config.get('engine', default='MergeTree()') -%}
  {%- set sorted_engines = ['HDFS', 'MaterializedPostgreSQL', 'S3', 'EmbeddedRocksDB', 'Hive'] -%}
  {%- if 'MergeTree' in engine or engine.split('(')[0] | trim in sorted_engines -%}
    {{ label }} ({{ starc_ch_columns(config.get('order_by') or 'tuple()') }})
  {%- endif -%}
{%- endmacro %}

{% macro ttl_config(label='ttl') -%}
  {%- if config.get('ttl') %}{{ label }} {{ starc_ch_columns(config.get('ttl')) }}{% endif -%}
{%- endmacro %}

{% macro codec_clause(codec_name) -%}
  {%- if codec_name %}codec({{ codec_name }}){% endif -%}
{%- endmacro %}

{#- What stands between a table's columns and its query. -#}
{% macro starc_ch_storage(relation) -%}
  {{ engine_clause() }}
  {{ primary_key_clause() }}
  {{ order_cols() }}
  {{ partition_cols() }}
  {{ ttl_config() }}
  {{ adapter.get_model_settings(model, config.get('engine', default='MergeTree()')) }}
{%- endmacro %}

{#- A projection or an index of the config needs its keys: told before anything is made. -#}
{% macro validate_projection(projection) -%}
  {%- set has = [projection.get('query'), projection.get('index')] | select | list | length -%}
  {%- if not projection.get('name') -%}
    {%- do exceptions.starc_config_error('projections',
        "a projection has no name: {name, query} or {name, index} is expected") -%}
  {%- elif has == 2 -%}
    {%- do exceptions.starc_config_error('projections', "Projection '" ~ projection.name
        ~ "' cannot specify both 'query' and 'index': give it one of the two") -%}
  {%- elif has == 0 -%}
    {%- do exceptions.starc_config_error('projections', "Projection '" ~ projection.name
        ~ "' must specify either 'query' or 'index'") -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_projections() -%}
  {%- for projection in config.get('projections') or [] -%}
    {%- do validate_projection(projection) -%}
  {%- endfor -%}
{%- endmacro %}

{#- projection n (..), as CREATE and ALTER TABLE ADD take it. An index projection is a projection
    of the row's place before 26.1. -#}
{% macro clickhouse_projection_ddl(projection) -%}
  {%- do validate_projection(projection) -%}
  {%- if projection.get('query') -%}
    projection {{ projection.name }} ({{ projection.query }})
  {%- else -%}
    {%- set columns = [projection.index] if projection.index is string else projection.index -%}
    {%- if adapter.is_at_or_after_version('26.1.1.1') -%}
      projection {{ projection.name }} index {{ columns[0] if columns | length == 1 else '(' ~ (columns | join(', '))
          ~ ')' }} type basic
    {%- else -%}
      projection {{ projection.name }} (select _part_offset order by {{ columns | join(', ') }})
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{#- [add projection .., add index ..]. -#}
{% macro starc_ch_extras() -%}
  {%- set parts = [] -%}
  {%- for projection in config.get('projections') or [] -%}
    {%- do parts.append('add ' ~ clickhouse_projection_ddl(projection)) -%}
  {%- endfor -%}
  {%- for index in config.get('indexes') or [] -%}
    {%- if not index.get('name') or not index.get('definition') -%}
      {%- do exceptions.starc_config_error('indexes', 'an index on ClickHouse is {name, definition}, not ' ~ index) -%}
    {%- endif -%}
    {%- do parts.append('add index ' ~ index.name ~ ' ' ~ index.definition) -%}
  {%- endfor -%}
  {{ return(parts) }}
{%- endmacro %}

{#- All in one ALTER: many at once wait for each other on replicated tables. -#}
{% macro add_index_and_projections(relation) -%}
  {%- set extras = starc_ch_extras() -%}
  {%- if extras -%}
    {%- call statement('add_projections_and_indexes') -%}
      alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} {{ extras | join(', ') }}
    {%- endcall -%}
  {%- endif -%}
{%- endmacro %}

{#- The statement that makes the table without its rows. -#}
{% macro create_table_or_empty(temporary, relation, sql, has_contract=false) -%}
  {%- if has_contract and not temporary -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {{ config.get('sql_header') or '' }}
  {% if temporary -%}
  create temporary table {{ relation.identifier }} engine = Memory as (
    {{ sql }}
  )
  {%- else -%}
  create table {{ relation.render() }} {{ on_cluster_clause(relation) }}
  {% if has_contract %}{{ get_table_columns_and_constraints() }}{% endif %}
  {{ starc_ch_storage(relation) }}
  {%- if not has_contract %}
  empty as (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
  {%- endif %}
  {%- endif %}
{%- endmacro %}

{% macro clickhouse__create_empty_table(temporary, relation, sql, has_contract, statement_name='create_table_empty') %}
  {%- call statement(statement_name) -%}
    {{ create_table_or_empty(temporary, relation, sql, has_contract) }}
  {%- endcall -%}
  {%- if not temporary -%}
    {%- do add_index_and_projections(relation) -%}
  {%- endif -%}
{% endmacro %}

{#- Text that makes the table with its rows, in one statement where nothing has to come between. -#}
{% macro clickhouse__create_table_as(temporary, relation, sql) -%}
  {%- set contract = config.get('contract', {}).get('enforced') -%}
  {%- if temporary %}
  {{ create_table_or_empty(true, relation, sql) }}
  {%- elif contract or starc_ch_extras() -%}
    {%- do clickhouse__create_empty_table(false, relation, sql, contract) -%}
  {{ clickhouse__insert_into(relation, sql, contract) }}
  {%- else %}
  {{ config.get('sql_header') or '' }}
  create table {{ relation.render() }} {{ on_cluster_clause(relation) }}
  {{ starc_ch_storage(relation) }}
  as (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
  {%- endif %}
{%- endmacro %}

{#- insert into with the columns named, those of the table or those of the query, so that the order
    of neither matters. -#}
{% macro clickhouse__insert_into(target_relation, sql, has_contract=false, use_columns_from_sql=false) -%}
  {%- if use_columns_from_sql -%}
    {%- set names = clickhouse__get_columns_in_query(sql) -%}
  {%- else -%}
    {%- set names = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
  {%- endif -%}
  {%- set columns = get_quoted_csv(names) -%}
  insert into {{ target_relation.render() }} ({{ columns }})
  select {{ columns }} from (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
{%- endmacro %}
