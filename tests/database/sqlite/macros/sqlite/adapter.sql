{#- SQLite: a schema is a file that is attached, a view cannot be renamed, DDL is part of a transaction. -#}

{% macro sqlite__create_schema(relation) -%}
  {%- call statement('create_schema', auto_begin=false) -%}
    attach database '{{ target.path }}/{{ relation.schema }}.db' as {{ relation.without_identifier() }};
    pragma {{ relation.without_identifier() }}.user_version = 1
  {%- endcall -%}
{%- endmacro %}

{% macro sqlite__list_schemas(database) %}
  {{ return(run_query('select name from pragma_database_list')) }}
{% endmacro %}

{% macro sqlite__check_schema_exists(information_schema, schema) %}
  {{ return(run_query("select count(*) from pragma_database_list where name = '" ~ schema ~ "'")) }}
{% endmacro %}

{% macro sqlite__list_relations_without_caching(schema_relation) %}
  {%- set schema = schema_relation.schema -%}
  {%- if run_query("select 1 from pragma_database_list where name = '" ~ schema ~ "'").rows | length == 0 -%}
    {{ return([]) }}
  {%- endif -%}
  {{ return(run_query("select name, '" ~ schema ~ "', type from " ~ adapter.quote(schema)
      ~ ".sqlite_master where type in ('table', 'view')")) }}
{% endmacro %}

{% macro sqlite__columns(relation) %}
  {{ return(run_query("select name, type from pragma_table_info('" ~ relation.identifier ~ "', '" ~ relation.schema ~ "')").rows) }}
{% endmacro %}

{% macro sqlite__get_columns_in_relation(relation) %}
  {%- set found = [] -%}
  {%- for row in sqlite__columns(relation) -%}
    {%- do found.append(api.Column(row[0], row[1])) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{% macro sqlite__create_table_as(temporary, relation, sql) -%}
  create table {{ relation.render() }} as
    {{ sql }}
{%- endmacro %}

{% macro sqlite__create_view_as(relation, sql) -%}
  {%- set old = load_cached_relation(relation) -%}
  drop {{ old.type if old else 'view' }} if exists {{ relation.render() }};
  create view {{ relation.render() }} as
    {{ sql }}
{%- endmacro %}

{% macro sqlite__drop_table(relation) -%}
  drop table if exists {{ relation.render() }}
{%- endmacro %}

{% macro sqlite__drop_view(relation) -%}
  drop view if exists {{ relation.render() }}
{%- endmacro %}

{#- A view gets its name at once: old and new are one transaction. -#}
{% macro sqlite__starc_built_as(existing, target) %}
  {{ return(target if target.is_view else make_intermediate_relation(target)) }}
{% endmacro %}

{% macro sqlite__starc_swap_in(existing, built, target) %}
  {%- if built.identifier != target.identifier -%}
    {%- do drop_relation_if_exists(existing) -%}
    {%- do adapter.rename_relation(built, target) -%}
  {%- endif -%}
{% endmacro %}

{% macro sqlite__get_incremental_append_sql(arg_dict) %}
  {%- set columns = get_quoted_csv(arg_dict.dest_columns | map(attribute='name')) -%}
  insert into {{ arg_dict.target_relation.render() }} ({{ columns }})
  select {{ columns }} from {{ arg_dict.temp_relation.render() }}
{% endmacro %}

{#- With a key the rows that have it are replaced. -#}
{% macro sqlite__get_incremental_default_sql(arg_dict) %}
  {%- set key = starc_key_columns(arg_dict.unique_key) | join(', ') -%}
  {%- if key -%}
  delete from {{ arg_dict.target_relation.render() }}
  where ({{ key }}) in (select {{ key }} from {{ arg_dict.temp_relation.render() }});
  {%- endif %}
  {{ get_incremental_append_sql(arg_dict) }}
{% endmacro %}

{% macro sqlite__get_incremental_delete_insert_sql(arg_dict) %}
  {{ return(sqlite__get_incremental_default_sql(arg_dict)) }}
{% endmacro %}

{% macro sqlite__current_timestamp() -%}
  strftime('%Y-%m-%d %H:%M:%f', 'now')
{%- endmacro %}

{% macro sqlite__snapshot_string_as_time(timestamp) -%}
  {{ return("'" ~ timestamp ~ "'") }}
{%- endmacro %}

{% macro sqlite__snapshot_hash_arguments(args) -%}
  hex({% for arg in args %}coalesce(cast({{ arg }} as text), ''){{ " || '|' || " if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro sqlite__starc_snapshot_column_changed(old, new) -%}
  {{ old }} is not {{ new }}
{%- endmacro %}

{% macro sqlite__snapshot_merge_sql(target, source, insert_cols) -%}
  update {{ target.render() }} as old
  set dbt_valid_to = new.dbt_valid_to
  from {{ source.render() }} as new
  where new.dbt_scd_id = old.dbt_scd_id and new.dbt_change_type in ('update', 'delete') and old.dbt_valid_to is null;

  insert into {{ target.render() }} ({{ insert_cols | join(', ') }})
  select {{ insert_cols | join(', ') }} from {{ source.render() }} where dbt_change_type = 'insert'
{%- endmacro %}

{% macro sqlite__get_catalog_relations(information_schema, relations) %}
  {%- set parts = [] -%}
  {%- for relation in relations -%}
    {%- set part -%}
      select null as table_database, '{{ relation.schema }}' as table_schema, m.name as table_name, m.type as table_type,
        null as table_comment, c.name as column_name, c.cid + 1 as column_index, c.type as column_type,
        null as column_comment, null as table_owner
      from {{ adapter.quote(relation.schema) }}.sqlite_master as m, pragma_table_info(m.name, '{{ relation.schema }}') as c
      where m.name = '{{ relation.identifier }}'
    {%- endset -%}
    {%- do parts.append(part) -%}
  {%- endfor -%}
  {{ return(run_query(parts | join('\nunion all\n'))) }}
{% endmacro %}

{% macro sqlite__get_catalog(information_schema, schemas) %}
  {%- set relations = [] -%}
  {%- for schema in schemas -%}
    {%- do relations.extend(adapter.list_relations('', schema)) -%}
  {%- endfor -%}
  {{ return(sqlite__get_catalog_relations(information_schema, relations)) }}
{% endmacro %}

{#- A staging table is one like others here, and goes when it was used. -#}
{% macro sqlite__post_snapshot(staging_relation) %}
  {%- call statement('drop_staging', auto_begin=false) -%}
    {{ drop_table(staging_relation) }}
  {%- endcall -%}
{% endmacro %}
