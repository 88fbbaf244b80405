{#- starc_check on ClickHouse: in an engine of its own, where tables are made with `empty as`, which
    looks at the query, the keys and the settings, and runs nothing. -#}

{#- Subqueries that give one value are run while a query is looked at: over empty tables they cost nothing. -#}
{% macro clickhouse__starc_check_limits(most) -%}
  {%- call statement('limits') -%}
    set max_execution_time = {{ most / 1000 }}, timeout_overflow_mode = 'throw', max_memory_usage = 2000000000
  {%- endcall -%}
{%- endmacro %}

{#- What only a cluster or a server has: replicas, policies of storage. Engines that reach outside, or
    that keep what they get elsewhere, are Null here: they have columns, and no keys. -#}
{% macro starc_ch_check_storage(relation) -%}
  {%- set engine = config.get('engine', default='MergeTree()').split('(')[0] | trim -%}
  {%- set outside = ['ArrowStream', 'AzureBlobStorage', 'AzureQueue', 'Buffer', 'COSN', 'DeltaLake', 'Distributed',
      'EmbeddedRocksDB', 'Executable', 'ExecutablePool', 'File', 'FileLog', 'GCS', 'HDFS', 'Hive', 'Hudi', 'Iceberg',
      'JDBC', 'Kafka', 'KeeperMap', 'MaterializedPostgreSQL', 'MongoDB', 'MySQL', 'NATS', 'ODBC', 'OSS', 'Paimon',
      'PostgreSQL', 'RabbitMQ', 'Redis', 'S3', 'S3Queue', 'SQLite', 'URL', 'YTsaurus'] -%}
  {%- if modules.re.sub('^(DeltaLake|Iceberg|Paimon)(Azure|HDFS|Local|S3)$', '\\1', engine) in outside -%}
    {{ return('engine = Null') }}
  {%- endif -%}
  {%- set paths = "\\(\\s*'[^']*'\\s*,\\s*'[^']*'\\s*,?" -%}
  {%- set single = modules.re.sub('(?:Replicated|Shared)(\\w*MergeTree)\\s*' ~ paths, '\\1(',
      starc_ch_storage(relation)) -%}
  {%- set plain = modules.re.sub('(?:Replicated|Shared)(\\w*MergeTree)', '\\1', single) -%}
  {{ modules.re.sub("storage_policy\\s*=\\s*'[^']*'", "storage_policy = 'default'", plain) }}
{%- endmacro %}

{#- A dictionary without a source: its attributes are known, and nothing is read. -#}
{% macro starc_ch_check_dictionary_text(relation) -%}
  {%- do starc_ch_check_dictionary() -%}
  create dictionary {{ relation.render() }} (
    {%- for field in config.get('fields') %}
    {{ field[0] }} {{ field[1] }}{{ ',' if not loop.last }}
    {%- endfor %}
  )
  primary key {{ starc_ch_columns(config.get('primary_key')) }}
  source(null())
  layout({{ config.get('layout') }})
  {% if config.get('lifetime') is not none %}lifetime({{ config.get('lifetime') }}){% endif %}
  {% if config.get('range') %}range({{ config.get('range') }}){% endif %}
{%- endmacro %}

{#- A table has its keys, its settings, and with a contract its columns and constraints. -#}
{% macro starc_ch_check_table(relation, sql) -%}
  {%- set contract = config.get('contract', {}).get('enforced') -%}
  create table {{ relation.render() }}
  {% if contract %}{{ get_table_columns_and_constraints() }}{% endif %}
  {{ starc_ch_check_storage(relation) }}
  {%- if not contract %}
  empty as (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
  {%- endif %}
{%- endmacro %}

{#- The table of another model that a materialized view writes into, as its text names it; none. -#}
{% macro starc_ch_check_target(sql) -%}
  {%- set named = modules.re.search('--\\s*materialization_target_table:\\s*(.+?)\\s*$', sql, modules.re.MULTILINE) -%}
  {{ return(named.group(1) if named else none) }}
{%- endmacro %}

{#- A file that keeps a dropped table has both names, escaped, and 42 bytes more: of at most 255. -#}
{% macro starc_ch_check_length(relation) -%}
  {%- set most = 213 -%}
  {%- set names = relation.schema ~ relation.identifier -%}
  {%- set bytes = modules.re.sub('[^\\x00-\\u07ff]', '---', modules.re.sub('[\\x80-\\u07ff]', '--', names)) -%}
  {%- set in_file = modules.re.sub('[^0-9A-Za-z_]', '%00', bytes) -%}
  {%- if in_file | length > most -%}
    {%- do exceptions.starc_config_error('alias', "the names of the schema and of '" ~ relation.identifier ~ "' take "
        ~ in_file | length ~ ' bytes in the name of a file, and ClickHouse has room for ' ~ most) -%}
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__starc_check_relation(relation, sql) -%}
  {%- do starc_ch_check_length(relation) -%}
  {%- set kind = config.get('materialized') -%}
  {%- if kind != 'dictionary' -%}
    {%- set query -%}
      {{ sql }}
      {{ adapter.get_model_query_settings(model) }}
    {%- endset -%}
    {%- set columns = starc_ch_check_resolved(query) -%}
  {%- endif -%}
  {{ starc_check_header() }}
  {%- set fed = kind == 'materialized_view' and not starc_ch_check_target(sql) %}
  {%- if kind in ['view', 'table'] and starc_ch_check_is_plain(model.config) %}
  {{ starc_ch_check_stand_in(relation, sql, columns) }}
  {%- elif fed or kind in ['table', 'incremental', 'snapshot', 'distributed_table', 'distributed_incremental'] %}
  {{ starc_ch_check_table(relation, sql) }}
  {%- elif kind == 'dictionary' %}
  {{ starc_ch_check_dictionary_text(relation) }}
  {%- else %}
  {%- set known_user = config.get('sql_security') != 'definer' %}
  create view {{ relation.render() }} {{ get_sql_security_clause(relation) if known_user }} as (
    {{ sql }}{{ adapter.get_model_query_settings(model) }}
  )
  {%- endif %}
{%- endmacro %}

{#- A query is resolved; where its plan may refuse it beyond that (keys of joins, lists of IN and more get their
    types only there, frames of windows in its pipeline), and a build makes one, it is planned too. [name, type] of
    its columns; none: a table is to be made of the query itself. The types of keys in a join of joins only the
    optimizer looks at. -#}
{% macro starc_ch_check_resolved(sql, header=true) -%}
  {%- call statement('resolved', fetch_result=true, auto_begin=false) -%}
    {{ starc_check_header() if header }}
    explain query tree passes = 1 (
      {{ sql }}
    )
  {%- endcall -%}
  {%- set resolved = adapter.starc_resolved(sql, load_result('resolved').data) -%}
  {%- if resolved.plan -%}
    {%- call statement('main') -%}
    explain pipeline header = 0 (
      {{ sql }}
    )
    {%- endcall -%}
  {%- endif -%}
  {{ return(resolved.columns) }}
{%- endmacro %}
{% macro clickhouse__starc_check_query(sql, header, ask) -%}
  {%- do starc_ch_check_resolved(sql, header) -%}
{%- endmacro %}

{% macro clickhouse__starc_check_binds(relation, sql) -%}
  {%- call statement('check_binds', fetch_result=true) -%}
    explain query tree passes = 1 (
      {{ sql }}
    )
  {%- endcall -%}
{%- endmacro %}

{#- What has the query's columns and nothing else. -#}
{% macro starc_ch_check_stand_in(relation, sql, columns) -%}
  create table {{ relation.render() }}
  {%- if columns %} (
    {%- for name, type in columns %}
    {{ adapter.quote(name) }} {{ type }} {{ 'not null' if not type.startswith('Nullable(') }}
    {{- ',' if not loop.last }}
    {%- endfor %}
  )
  engine = Null
  {%- else %} engine = Null empty as (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
  {%- endif %}
{%- endmacro %}

{#- The views of a materialized view are made, for a moment: ClickHouse compares them with their table. A
    schedule never comes to its first refresh; it needs a database of an engine that the check's are not. -#}
{% macro starc_ch_check_views(relation, sql) -%}
  {%- set target = starc_ch_check_target(sql) -%}
  {%- set into = target or relation.render() -%}
  {%- set views = {'mv': sql} if target else clickhouse__extract_mv_views(sql) -%}
  {%- set refresh = refreshable_mv_clause() -%}
  {%- set of = relation.incorporate(path={'schema': 'starc_check_refreshed'}) if refresh else relation -%}
  {%- if refresh -%}
    {%- call statement('check_database') -%}
      create database if not exists {{ of.without_identifier() }} engine = Atomic
    {%- endcall -%}
  {%- endif -%}
  {%- for suffix, query in views.items() -%}
    {%- set view = of.derivative('_' ~ suffix ~ '__dbt_check', 'materialized_view') -%}
    {%- call statement('check_view') -%}
      create materialized view {{ view.render() }} {{ refresh }}
      to {{ into }} {{ 'empty' if refresh }}
      as {{ query }}
    {%- endcall -%}
    {%- do adapter.drop_relation(view) -%}
  {%- endfor -%}
{%- endmacro %}

{#- What a dictionary reads has its fields: those of a query by their place, those of a table by name, where
    it is one of the project's. -#}
{% macro starc_ch_check_fields(sql) -%}
  {%- set fields = config.get('fields') | map(attribute=0) | list -%}
  {%- if config.get('source_type') not in [none, 'clickhouse'] -%}
    {{ return('') }}
  {%- elif config.get('table') -%}
    {%- set given = adapter.get_credentials(config.get('connection_overrides') or {}) -%}
    {%- set schema = given.get('database') or 'default' -%}
    {%- for node in graph.nodes.values() if node.alias == config.get('table') and node.schema == schema -%}
      {%- do starc_check_names(api.Relation.create(schema=node.schema, identifier=node.alias), fields) -%}
    {%- endfor -%}
    {{ return('') }}
  {%- endif -%}
  {%- set columns = starc_check_query_columns(sql) | map(attribute='name') | list -%}
  {%- if columns | length != fields | length -%}
    {%- do exceptions.starc_config_error('fields', "the dictionary '" ~ model.name ~ "' has " ~ fields | length
        ~ ' fields, and its query ' ~ columns | length ~ ' columns: ' ~ columns | join(', ')) -%}
  {%- endif -%}
  {%- for field in fields -%}
    {%- set taken = columns[loop.index0] -%}
    {%- if taken != field and field in columns -%}
      {%- do exceptions.starc_config_warn('fields', "the field '" ~ field ~ "' takes the query's column '" ~ taken
          ~ "': a dictionary takes columns by their place", 'its columns are ' ~ (columns | join(', '))) -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{% macro clickhouse__starc_check_extras(relation, sql) -%}
  {%- set kind = config.get('materialized') -%}
  {%- if kind == 'materialized_view' -%}
    {%- do starc_ch_check_views(relation, sql) -%}
  {%- elif kind == 'dictionary' -%}
    {%- do starc_ch_check_fields(sql) -%}
  {%- endif -%}
  {%- if kind in ['table', 'incremental', 'materialized_view', 'distributed_table', 'distributed_incremental']
      and 'MergeTree' in config.get('engine', default='MergeTree()') -%}
    {%- set extras = starc_ch_extras() -%}
    {%- if extras and not starc_ch_check_target(sql) -%}
      {%- call statement('add_projections_and_indexes') -%}
        alter table {{ relation.render() }} {{ extras | join(', ') }}
      {%- endcall -%}
    {%- endif -%}
  {%- endif -%}
  {%- if kind in ['distributed_table', 'distributed_incremental'] -%}
    {%- do starc_check_names(relation, starc_key_columns(config.get('sharding_key'))) -%}
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__starc_check_replaced(relation, sql, keys, predicates) -%}
  select 1 as one
  from {{ relation.render() }}
  where ({{ keys | join(', ') }}) in (
    select {{ keys | join(', ') }}
    from (
      {{ sql }}
    )
  ) and {{ predicates | join(' and ') }}
{%- endmacro %}

{#- An engine that takes `final`. -#}
{% macro clickhouse__starc_check_columns_as_table(relation, columns) -%}
  create table {{ relation.render() }} (
    {%- for name, type in columns %}
    {{ starc_ch_check_column(name, type) }}{{ ',' if not loop.last }}
    {%- endfor %}
  )
  engine = ReplacingMergeTree order by tuple()
{%- endmacro %}

{#- Constants would be worked out where they are read. -#}
{% macro clickhouse__starc_check_supposed(columns) -%}
  select
  {%- for name, type in columns %}
    materialize(defaultValueOfTypeName({{ starc_ch_text(modules.re.sub(' (ALIAS|MATERIALIZED)$', '', type)) }})) as
    {{ starc_ch_check_name(name) }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{% macro clickhouse__starc_check_made_columns(schemas, names) -%}
  {%- call statement('made_columns', fetch_result=true, auto_begin=false) -%}
    select database, table, name, type
    from system.columns
    where database in ({% for schema in schemas %}{{ starc_ch_text(schema) }}{{ ', ' if not loop.last }}{% endfor %})
    {%- if names %}
      and table in ({% for name in names %}{{ starc_ch_text(name) }}{{ ', ' if not loop.last }}{% endfor %})
    {%- endif %}
    order by database, table, position
  {%- endcall -%}
  {{ return(load_result('made_columns').data) }}
{%- endmacro %}
