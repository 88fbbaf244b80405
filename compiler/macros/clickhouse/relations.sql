{#- ClickHouse: databases, relations, columns, the catalog. A statement at a time, no transactions. -#}

{#- A text as a literal; ClickHouse reads backslashes in it. -#}
{% macro starc_ch_text(value) -%}
  {{ return("'" ~ (value | string | replace('\\', '\\\\') | replace("'", "\\'")) ~ "'") }}
{%- endmacro %}

{#- What a table of `system` says of a relation: rows of what is asked. `rest`: what stands behind. -#}
{% macro starc_ch_facts(relation, facts, of='system.tables', rest='') -%}
  {%- set query -%}
    select {{ facts }} from {{ of }}
    where database = {{ starc_ch_text(relation.schema) }}
      and {{ 'name' if of == 'system.tables' else 'table' }} = {{ starc_ch_text(relation.identifier) }} {{ rest }}
  {%- endset -%}
  {{ return(run_query(query).rows) }}
{%- endmacro %}

{#- on cluster "x", where the profile names a cluster and the relation is to be on all of it. -#}
{% macro on_cluster_clause(relation, force_sync) -%}
  {%- set cluster = adapter.get_clickhouse_cluster_name() -%}
  {%- if cluster and relation.should_on_cluster -%}
    on cluster {{ cluster }}{{ ' sync' if force_sync }}
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__generate_database_name(custom_database_name=none, node=none) -%}
  {{ return('') }}
{%- endmacro %}

{% macro clickhouse__create_schema(relation) -%}
  {%- call statement('create_schema') -%}
    create database if not exists {{ relation.without_identifier() }}
    {{ on_cluster_clause(relation) }} {{ adapter.clickhouse_db_engine_clause() }}
  {%- endcall -%}
{%- endmacro %}

{% macro clickhouse__drop_schema(relation) -%}
  {%- call statement('drop_schema') -%}
    drop database if exists {{ relation.without_identifier() }} {{ on_cluster_clause(relation) }}
  {%- endcall -%}
{%- endmacro %}

{% macro clickhouse__list_schemas(database) %}
  {{ return(run_query('select name from system.databases')) }}
{% endmacro %}

{% macro clickhouse__check_schema_exists(information_schema, schema) -%}
  {%- set query -%}
    select count(*) from system.databases where name = {{ starc_ch_text(schema) }}
  {%- endset -%}
  {{ return(run_query(query)) }}
{%- endmacro %}

{#- Columns are read by name. A refresh clause stands between a view's name and its TO. -#}
{% macro clickhouse__list_relations_without_caching(schema_relation) %}
  {%- set cluster = adapter.get_clickhouse_cluster_name() -%}
  {%- set tables -%}
    {% if cluster %}clusterAllReplicas({{ cluster }}, system.tables){% else %}system.tables{% endif %}
  {%- endset -%}
  {%- call statement('list_relations_without_caching', fetch_result=true) -%}
    with views as (
      select
        database as view_schema,
        name as view_name,
        any(as_select) as view_sql,
        any(extract(create_table_query, '\\sTO\\s+((`[^`]+`|[^\\s.`(]+)[.](`[^`]+`|[^\\s.`(]+))')) as writes_to
      from {{ tables }}
      where engine = 'MaterializedView'
      group by view_schema, view_name
    )
    select
      t.name as name,
      t.database as schema,
      multiIf(t.engine = 'MaterializedView', 'materialized_view', t.engine = 'View', 'view',
              t.engine = 'Dictionary', 'dictionary', 'table') as type,
      d.engine as db_engine,
      toJSONString(groupUniqArrayIf(
        map('schema', views.view_schema, 'name', views.view_name, 'sql', views.view_sql), views.view_name != ''))
          as mvs_pointing_to_it,
      max(t.engine = 'MaterializedView' and position(
        substring(t.create_table_query, 1, position(t.create_table_query, ' TO ')), ' REFRESH ') > 0) as is_refreshable,
      max(t.engine = 'MaterializedView' and position(
        substring(t.create_table_query, 1, position(t.create_table_query, ' TO ')), ' APPEND') > 0)
        as refreshable_append,
      {{ "d.engine != 'Replicated'" if cluster else '0' }} as on_cluster
    from {{ tables }} as t
    join system.databases as d on d.name = t.database
    left join views on replaceAll(views.writes_to, '`', '') = concat(t.database, '.', t.name)
    where t.database = {{ starc_ch_text(schema_relation.schema) }}
    group by name, schema, type, db_engine
  {%- endcall -%}
  {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}

{% macro clickhouse__get_columns_in_relation(relation) -%}
  {%- if relation.external -%}
    {{ return(starc_ch_columns_of_files(relation)) }}
  {%- endif -%}
  {%- call statement('get_columns_in_relation', fetch_result=true) -%}
    select name, type
    from system.columns
    where table = {{ starc_ch_text(relation.identifier) }}
      {% if not relation.is_temporary %}and database = {{ starc_ch_text(relation.schema) }}{% endif %}
    order by position
  {%- endcall -%}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}

{#- Files are looked into for what columns they have. -#}
{% macro starc_ch_columns_of_files(relation) -%}
  {%- call statement('get_columns_in_relation', fetch_result=true) -%}
    describe table {{ relation.render() }}
  {%- endcall -%}
  {%- set columns = [] -%}
  {%- for row in load_result('get_columns_in_relation').data -%}
    {%- do columns.append(api.Column(row[0], row[1])) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{% macro clickhouse__get_drop_sql(relation) -%}
  {%- set kind = {'view': 'view', 'materialized_view': 'view', 'dictionary': 'dictionary'}.get(relation.type,
      'table') -%}
  drop {{ kind }} if exists {{ relation.render() }} {{ on_cluster_clause(relation, true) }}
{%- endmacro %}
{% macro clickhouse__drop_relation(relation, obj_type='table') -%}
  {%- call statement('drop_relation', auto_begin=false) -%}
    {% if relation.type -%}
      {{ get_drop_sql(relation) }}
    {%- else -%}
      drop {{ obj_type }} if exists {{ relation.render() }} {{ on_cluster_clause(relation, true) }}
    {%- endif %}
  {%- endcall -%}
{%- endmacro %}

{% macro drop_dictionary_if_exists(relation, cluster_clause) -%}
  {%- do drop_relation_if_exists(relation) -%}
{%- endmacro %}

{% macro clickhouse__drop_table(relation) -%}
  drop table if exists {{ relation.render() }} {{ on_cluster_clause(relation, true) }}
{%- endmacro %}
{% macro clickhouse__drop_view(relation) -%}
  drop view if exists {{ relation.render() }} {{ on_cluster_clause(relation, true) }}
{%- endmacro %}

{#- Nothing is dropped for a rename: a relation that has the new name already is an error. -#}
{% macro clickhouse__rename_relation(from_relation, to_relation, obj_type='table') -%}
  {%- call statement('rename_relation') -%}
    rename {{ 'dictionary' if from_relation.type == 'dictionary'
        else obj_type }} {{ from_relation.render() }} to {{ to_relation.render() }}
    {{ on_cluster_clause(from_relation) }}
  {%- endcall -%}
{%- endmacro %}

{% macro clickhouse__truncate_relation(relation) -%}
  {%- call statement('truncate_relation') -%}
    truncate table {{ relation.render() }} {{ on_cluster_clause(relation) }}
  {%- endcall -%}
{%- endmacro %}

{#- The names of two relations change places. Replicas are brought up to date first. -#}
{% macro exchange_tables_atomic(old_relation, target_relation, obj_types='TABLES') -%}
  {%- if adapter.get_clickhouse_cluster_name() and obj_types == 'TABLES' and 'Replicated' in engine_clause() -%}
    {%- call statement('exchange_table_sync_replica') -%}
      system sync replica {{ on_cluster_clause(target_relation) }} {{ target_relation.render() }}
    {%- endcall -%}
  {%- endif -%}
  {%- call statement('exchange_tables_atomic') -%}
    exchange {{ obj_types }} {{ old_relation.render() }} and {{ target_relation.render() }} {{
      on_cluster_clause(target_relation) }}
  {%- endcall -%}
{%- endmacro %}

{#- One EXCHANGE swaps the finished relation with the one that readers see, whatever kinds the two
    are; the old one then stands under the name beside and is dropped. A database whose engine cannot
    exchange gets both renames in one statement. -#}
{% macro clickhouse__starc_swap_in(existing, built, target) %}
  {%- if existing is none -%}
    {%- do adapter.rename_relation(built, target) -%}
  {%- elif existing.can_exchange or adapter.can_exchange(target.schema, 'table') -%}
    {%- do exchange_tables_atomic(built, target) -%}
    {%- do adapter.cache_added(target) -%}
    {%- do adapter.drop_relation(built.incorporate(type=existing.type)) -%}
  {%- else -%}
    {%- set backup = make_backup_relation(target, existing.type) -%}
    {%- call statement('swap_by_renames') -%}
      rename table {{ existing.render() }} to {{ backup.render() }}, {{ built.render() }} to {{
      target.render() }} {{ on_cluster_clause(target) }}
    {%- endcall -%}
    {%- do adapter.cache_added(target) -%}
    {%- do adapter.drop_relation(backup) -%}
  {%- endif -%}
{% endmacro %}

{% macro clickhouse__alter_column_type(relation, column_name, new_column_type) -%}
  {%- call statement('alter_column_type') -%}
    alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} modify column {{
      adapter.quote(column_name) }} {{ new_column_type }}
  {%- endcall -%}
{%- endmacro %}

{% macro clickhouse__alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
  {%- set steps = [] -%}
  {%- for column in add_columns or [] -%}
    {%- set part -%}
      add column {{ adapter.quote(column.name) }} {{ column.starc_type or column.data_type }}
    {%- endset -%}
    {%- do steps.append(part) -%}
  {%- endfor -%}
  {%- for column in remove_columns or [] -%}
    {%- set part -%}drop column {{ adapter.quote(column.name) }}{%- endset -%}
    {%- do steps.append(part) -%}
  {%- endfor -%}
  {%- if steps -%}
    {%- set query -%}
      alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} {{ steps | join(', ') }}
    {%- endset -%}
    {%- do run_query(query) -%}
  {%- endif -%}
{%- endmacro %}
