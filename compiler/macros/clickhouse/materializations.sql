{#- ClickHouse: view, table, incremental and seed. There are no transactions: everything is built
    beside, under a name that the relation's own name gives, and comes into place by one statement.
    Killed at any moment, the old relation is still there, whole; the next run drops what is left. -#}

{#- (a, b) of a column, a list or a text as it is. -#}
{% macro starc_ch_columns(value) -%}
  {{ return(value if value is string else (value | join(', '))) }}
{%- endmacro %}

{% macro engine_clause(label='engine') -%}
  {{ label }} = {{ config.get('engine', default='MergeTree()') }}
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
  {%- set sorted_engines = ['HDFS', 'MaterializedPostgreSQL', 'S3', 'EmbeddedRocksDB', 'Hive', 'MergeTree'] -%}
  {%- for name in sorted_engines if name in engine -%}
    {%- if loop.first -%}
      {{ label }} ({{ starc_ch_columns(config.get('order_by') or 'tuple()') }})
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{% macro ttl_config(label='ttl') -%}
  {%- if config.get('ttl') %}{{ label }} {{ config.get('ttl') }}{% endif -%}
{%- endmacro %}

{#- What stands between a table's columns and its query. -#}
{% macro starc_ch_storage(relation) -%}
  {{ on_cluster_clause(relation) }}
  {{ engine_clause() }}
  {{ primary_key_clause() }}
  {{ order_cols() }}
  {{ partition_cols() }}
  {{ ttl_config() }}
  {{ adapter.get_model_settings(model, config.get('engine', default='MergeTree()')) }}
{%- endmacro %}

{#- Text that makes the table with its rows. A contract, projections or indexes come first, in
    statements of their own; what is returned then is the insert. -#}
{% macro clickhouse__create_table_as(temporary, relation, sql) -%}
  {%- set contract = config.get('contract', {}).get('enforced') -%}
  {%- set extras = starc_ch_extras() -%}
  {%- set header = config.get('sql_header') or '' -%}
  {%- if temporary %}
  create temporary table {{ relation.identifier }} engine = Memory as (
    {{ sql }}
  )
  {%- elif not contract and not extras %}
  {{ header }}
  create table {{ relation.render() }}
  {{ starc_ch_storage(relation) }}
  as (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
  {%- else %}
    {%- if contract -%}
      {%- do get_assert_columns_equivalent(sql) -%}
    {%- endif -%}
    {%- call statement('create_empty_table') -%}
      {{ header }}
      create table {{ relation.render() }}
      {% if contract %}{{ get_table_columns_and_constraints() }}{% endif %}
      {{ starc_ch_storage(relation) }}
      {% if not contract -%}
      empty as (
        {{ sql }}
      )
      {{ adapter.get_model_query_settings(model) }}
      {%- endif %}
    {%- endcall -%}
    {%- if extras -%}
      {%- call statement('add_projections_and_indexes') -%}
        alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} {{ extras | join(', ') }}
      {%- endcall -%}
    {%- endif %}
  {{ clickhouse__insert_into(relation, sql) }}
  {%- endif %}
{%- endmacro %}

{#- [add projection .., add index ..]. -#}
{% macro starc_ch_extras() -%}
  {%- set parts = [] -%}
  {%- for p in config.get('projections') or [] -%}
    {%- do parts.append('add projection ' ~ p.name ~ (' (' ~ p.query ~ ')' if p.query else ' index ' ~ p.index)) -%}
  {%- endfor -%}
  {%- for i in config.get('indexes') or [] -%}
    {%- do parts.append('add index ' ~ i.name ~ ' ' ~ i.definition) -%}
  {%- endfor -%}
  {{ return(parts) }}
{%- endmacro %}

{#- insert into with the table's own columns, so that the query's order does not matter. -#}
{% macro clickhouse__insert_into(relation, sql) -%}
  {%- set columns = get_quoted_csv(adapter.get_columns_in_relation(relation) | map(attribute='name')) -%}
  insert into {{ relation.render() }} ({{ columns }})
  select {{ columns }} from (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
{%- endmacro %}

{% macro starc_ch_view_security() -%}
  {%- set security = config.get('sql_security') -%}
  {%- if security == 'definer' -%}
    {%- if not config.get('definer') -%}
      {%- do exceptions.raise_compiler_error("sql_security 'definer' needs the config definer: the user whose rights the view has") -%}
    {%- endif -%}
    definer = {{ config.get('definer') }} sql security definer
  {%- elif security == 'invoker' -%}
    sql security invoker
  {%- endif -%}
{%- endmacro %}

{#- `replace`: one atomic statement in place of a view that is there. -#}
{% macro starc_ch_create_view(relation, sql, replace) -%}
  {{ config.get('sql_header') or '' }}
  create {{ 'or replace ' if replace }}view {{ relation.render() }} {{ on_cluster_clause(relation) }} {{ starc_ch_view_security() }} as (
    {{ sql }}
  )
  {{ adapter.get_model_query_settings(model) }}
{%- endmacro %}

{% macro clickhouse__create_view_as(relation, sql) -%}
  {%- if config.get('contract', {}).get('enforced') -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {{ starc_ch_create_view(relation, sql, false) }}
{%- endmacro %}

{% materialization view, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set in_place = existing is none or existing.is_view -%}
  {%- set built = target_relation if in_place else make_intermediate_relation(target_relation) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if config.get('contract', {}).get('enforced') -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {% call statement('main') -%}
    {{ starc_ch_create_view(built, sql, in_place) }}
  {%- endcall %}
  {%- if not in_place -%}
    {#- A table of that name: CREATE OR REPLACE would throw its rows away before the view stands. -#}
    {%- do swap_in(existing, built, target_relation) -%}
  {%- endif -%}
  {%- do finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Where the rows of this run are kept until they are in the table. -#}
{% macro starc_ch_new_data(relation) %}
  {{ return(make_temp_relation(relation, '__dbt_new_data').incorporate(type='table')) }}
{% endmacro %}

{#- A second table with the same rows: parts are shared, not copied, where the engine has parts. -#}
{% macro starc_ch_clone(relation, copy) %}
  {%- set engine = run_query('select engine from system.tables where database = ' ~ starc_ch_text(relation.schema)
      ~ ' and name = ' ~ starc_ch_text(relation.identifier)).rows[0][0] -%}
  {%- if 'MergeTree' in engine -%}
    {%- do run_query('create table ' ~ copy.render() ~ ' ' ~ on_cluster_clause(copy) ~ ' clone as ' ~ relation.render()) -%}
  {%- else -%}
    {%- do run_query('create table ' ~ copy.render() ~ ' ' ~ on_cluster_clause(copy) ~ ' as ' ~ relation.render()) -%}
    {%- do run_query('insert into ' ~ copy.render() ~ ' select * from ' ~ relation.render()) -%}
  {%- endif -%}
{% endmacro %}

{#- Brings a table's columns to those of the query, where on_schema_change asks for it. -#}
{% macro starc_ch_fit_columns(on_schema_change, existing, copy, sql) %}
  {%- if on_schema_change != 'ignore' -%}
    {%- set changes = adapter.check_incremental_schema_changes(on_schema_change, existing, sql, query_settings=config.get('query_settings')) -%}
    {%- if changes.has_schema_changes -%}
      {%- do alter_relation_add_remove_columns(copy, changes.columns_to_add, changes.columns_to_drop) -%}
      {%- for column in changes.columns_to_modify -%}
        {%- do alter_column_type(copy, column.name, column.data_type) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{% materialization incremental, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = make_intermediate_relation(target_relation) -%}
  {%- set new_data = starc_ch_new_data(target_relation) -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set keys = starc_key_columns(config.get('unique_key')) -%}
  {%- set predicates = config.get('predicates') or config.get('incremental_predicates') or [] -%}
  {%- set strategy = adapter.calculate_incremental_strategy(config.get('incremental_strategy')) -%}
  {%- do adapter.validate_incremental_strategy(strategy, predicates, config.get('unique_key'), config.get('partition_by')) -%}
  {%- set rebuild = existing is none or should_full_refresh() or not existing.is_table -%}
  {%- if config.get('inserts_only') or (not keys and strategy != 'insert_overwrite') -%}
    {%- set strategy = 'append' -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do drop_leftovers(target_relation) -%}
  {%- do drop_relation_if_exists(load_cached_relation(new_data)) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if rebuild -%}
    {% call statement('main') -%}
      {{ get_create_table_as_sql(false, built, sql) }}
    {%- endcall %}
  {%- else -%}
    {#- The rows are added to a second table with the same parts; readers keep the first until the
        swap, so a run that dies in the middle has neither added nor removed anything. -#}
    {%- do starc_ch_clone(existing, built) -%}
    {%- do starc_ch_fit_columns(on_schema_change, existing, built, sql) -%}
    {%- if strategy == 'append' -%}
      {% call statement('main') -%}
        {{ clickhouse__insert_into(built, sql) }}
      {%- endcall %}
    {%- else -%}
      {%- do run_query('create table ' ~ new_data.render() ~ ' ' ~ on_cluster_clause(new_data) ~ ' as ' ~ built.render()) -%}
      {% call statement('main') -%}
        {{ clickhouse__insert_into(new_data, sql) }}
      {%- endcall %}
      {%- if strategy == 'insert_overwrite' -%}
        {%- do starc_ch_replace_partitions(built, new_data) -%}
      {%- else -%}
        {%- do starc_ch_delete_insert(built, new_data, keys, predicates) -%}
      {%- endif -%}
      {%- do run_query(clickhouse__drop_table(new_data)) -%}
    {%- endif -%}
  {%- endif -%}
  {%- do swap_in(existing, built, target_relation) -%}

  {%- do finish_relation(existing, target_relation, rebuild) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro starc_ch_delete_insert(table, new_data, keys, predicates) %}
  {%- set key = keys | join(', ') -%}
  {%- call statement('delete_replaced_rows') -%}
    delete from {{ table.render() }} {{ on_cluster_clause(table) }}
    where ({{ key }}) in (select {{ key }} from {{ new_data.render() }})
    {%- for predicate in predicates %} and {{ predicate }}{% endfor %}
  {%- endcall -%}
  {%- call statement('insert_new_rows') -%}
    {{ clickhouse__insert_into(table, 'select * from ' ~ new_data.render()) }}
  {%- endcall -%}
{% endmacro %}

{#- Partitions that the new rows have take the place of the table's; others stay. -#}
{% macro starc_ch_replace_partitions(table, new_data) %}
  {%- set parts = run_query('select distinct partition_id from system.parts where active and database = '
      ~ starc_ch_text(new_data.schema) ~ ' and table = ' ~ starc_ch_text(new_data.identifier)) -%}
  {%- set changes = [] -%}
  {%- for row in parts.rows -%}
    {%- do changes.append("replace partition id '" ~ row[0] ~ "' from " ~ new_data.render()) -%}
  {%- endfor -%}
  {%- if changes -%}
    {%- do run_query('alter table ' ~ table.render() ~ ' ' ~ on_cluster_clause(table) ~ ' ' ~ (changes | join(', '))) -%}
  {%- endif -%}
{% endmacro %}

{#- Text of a seed's table; columns with empty fields are Nullable, so that they stay NULL. -#}
{% macro starc_ch_seed_table(relation, model, agate_table) -%}
  {%- set given = model['config'].get('column_types') or {} -%}
  {%- set quote = model['config'].get('quote_columns', none) -%}
  {%- set parts = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- set type = given.get(name) or adapter.convert_type(agate_table, loop.index0) -%}
    {%- do parts.append(adapter.quote_seed_column(name, quote) ~ ' ' ~ type) -%}
  {%- endfor -%}
  create table {{ relation.render() }} (
    {{ parts | join(',\n    ') }}
  )
  {{ starc_ch_storage(relation) }}
{%- endmacro %}

{% macro clickhouse__create_csv_table(model, agate_table) %}
  {%- set text = starc_ch_seed_table(this, model, agate_table) -%}
  {%- call statement('create_csv_table') -%}
    {{ text }}
  {%- endcall -%}
  {{ return(text) }}
{% endmacro %}

{% materialization seed, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = make_intermediate_relation(target_relation) -%}
  {%- set agate_table = load_agate_table() -%}
  {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set text = starc_ch_seed_table(built, model, agate_table) -%}
  {%- call statement('create_csv_table') -%}
    {{ text }}
  {%- endcall -%}
  {%- set inserted = adapter.load_seed_rows(model, agate_table, built) -%}
  {% call noop_statement('main', 'INSERT ' ~ inserted, 'INSERT', inserted) -%}
    {{ text }}
  {%- endcall %}
  {%- do swap_in(existing, built, target_relation) -%}

  {%- do finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- An outer join fills with defaults here and not with NULL, so the rows without a parent are looked
    for by value. -#}
{% macro clickhouse__test_relationships(model, column_name, to, field) %}
select {{ column_name }} as from_field
from {{ model }}
where {{ column_name }} is not null
  and {{ column_name }} not in (
    select {{ field }} from {{ to }} where {{ field }} is not null
  )
{% endmacro %}
