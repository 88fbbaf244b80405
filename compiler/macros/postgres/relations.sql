{#- Postgres: names that fit into 63 bytes, tables, indexes, schemas and the catalog. -#}

{#- A text as SQL has it. -#}
{% macro starc_pg_text(value) %}
  {{ return(string_literal(escape_single_quotes(value))) }}
{% endmacro %}

{#- base + suffix. A base too long for both is cut and gets some of its hash, so that two long names
    that begin alike keep different names beside them. -#}
{% macro postgres__make_relation_with_suffix(base_relation, suffix, dstring) %}
  {%- set name = base_relation.identifier -%}
  {%- set room = base_relation.relation_max_name_length() if base_relation.relation_max_name_length else 63 -%}
  {%- set encoded = name | urlencode -%}
  {%- set bytes = encoded | length - 2 * encoded.count('%') -%}
  {%- if bytes + (suffix | length) > room -%}
    {%- set kept = room - (suffix | length) - 9 -%}
    {%- set name = name[:kept if bytes == name | length else kept // 4] ~ '_' ~ local_md5(name)[:8] -%}
  {%- endif -%}
  {{ return(base_relation.incorporate(path={'identifier': name ~ suffix})) }}
{% endmacro %}

{% macro postgres__make_intermediate_relation(base_relation, suffix) %}
  {{ return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=false)) }}
{% endmacro %}

{#- A temporary table belongs to the session and so has neither database nor schema. -#}
{% macro postgres__make_temp_relation(base_relation, suffix) %}
  {%- set temp = postgres__make_relation_with_suffix(base_relation, suffix, dstring=false) -%}
  {{ return(temp.incorporate(path={'schema': none, 'database': none})) }}
{% endmacro %}

{% macro postgres__make_backup_relation(base_relation, backup_relation_type, suffix) %}
  {%- set backup = postgres__make_relation_with_suffix(base_relation, suffix, dstring=false) -%}
  {{ return(backup.incorporate(type=backup_relation_type)) }}
{% endmacro %}

{% macro postgres__create_table_as(temporary, relation, sql) -%}
  {%- set contract = config.get('contract', {}).get('enforced') -%}
  {%- set kind = 'temporary ' if temporary else ('unlogged ' if config.get('unlogged', default=false)) -%}
  {{ config.get('sql_header') or '' }}
  {#- The rows of a later run go through a temporary table: the contract holds for them too. -#}
  {%- if contract %}
    {{- get_assert_columns_equivalent(sql) }}
  {%- endif %}
  {%- if contract and not temporary %}
    {%- set columns = get_table_columns_and_constraints() -%}
    {%- do starc_pg_names_aside(relation, columns) %}
  create {{ kind }}table {{ relation.render() }}
  {{ columns }};
  insert into {{ relation.render() }} ({{ adapter.dispatch('get_column_names', 'dbt')() }})
  (
    {{ get_select_subquery(sql) }}
  );
  {%- else %}
  create {{ kind }}table {{ relation.render() }} as (
    {{ sql }}
  )
  {%- endif %}
{%- endmacro %}

{% macro postgres__drop_table(relation) -%}
  drop table if exists {{ relation.render() }} cascade
{%- endmacro %}
{% macro postgres__drop_view(relation) -%}
  drop view if exists {{ relation.render() }} cascade
{%- endmacro %}

{% macro postgres__get_rename_table_sql(relation, new_name) %}
  alter table {{ relation.render() }} rename to {{ adapter.quote(new_name) }}
{% endmacro %}
{% macro postgres__get_rename_view_sql(relation, new_name) %}
  alter view {{ relation.render() }} rename to {{ adapter.quote(new_name) }}
{% endmacro %}

{#- Postgres replaces no table in one statement: built beside, then swapped by names. -#}
{% macro postgres__get_replace_table_sql(relation, sql) -%}
  {{ get_create_intermediate_sql(relation, sql) }};
  {{ get_create_backup_sql(relation) }};
  {{ get_rename_intermediate_sql(relation) }};
  {{ get_drop_backup_sql(relation) }}
{%- endmacro %}

{#- Columns may be added at the end; Postgres refuses other changes. -#}
{% macro postgres__get_replace_view_sql(relation, sql) -%}
  {{ config.get('sql_header') or '' }}
  {%- if config.get('contract', {}).get('enforced') %}
    {{- get_assert_columns_equivalent(sql) }}
  {%- endif %}
  create or replace view {{ relation.render() }} as (
    {{ sql }}
  )
{%- endmacro %}

{% macro postgres__get_create_index_sql(relation, index_dict) -%}
  {%- set index = adapter.parse_index(index_dict) -%}
  create {{ 'unique ' if index.unique }}index if not exists {{ adapter.quote(index.render(relation)) }}
  on {{ relation.render() }} {{ 'using ' ~ index.type if index.type }}
  ({{ get_quoted_csv(index.columns) if index.quoted else index.columns | join(', ') }})
{%- endmacro %}

{% macro postgres__get_drop_index_sql(relation, index_name) -%}
  drop index if exists {{ relation.include(database=false, identifier=false).render() }}.{{ adapter.quote(index_name) }}
{%- endmacro %}

{% macro postgres__get_show_indexes_sql(relation) %}
  select
    i.relname as name,
    m.amname as method,
    x.indisunique as "unique",
    string_agg(a.attname, ',' order by array_position(x.indkey, a.attnum)) as column_names
  from pg_catalog.pg_index x
  join pg_catalog.pg_class i on i.oid = x.indexrelid
  join pg_catalog.pg_class t on t.oid = x.indrelid
  join pg_catalog.pg_namespace n on n.oid = t.relnamespace
  join pg_catalog.pg_am m on m.oid = i.relam
  join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = any(x.indkey)
  where n.nspname = {{ starc_pg_text(relation.schema) }} and t.relname = {{ starc_pg_text(relation.identifier) }}
  group by i.relname, m.amname, x.indisunique
  order by i.relname
{% endmacro %}

{#- The macros of the default refuse a database other than the connection's. -#}
{% macro postgres__create_schema(relation) -%}
  {%- if relation.database -%}
    {%- do adapter.verify_database(relation.database) -%}
  {%- endif -%}
  {%- call statement('create_schema') -%}
    create schema if not exists {{ relation.without_identifier().include(database=false) }}
  {%- endcall -%}
{%- endmacro %}

{% macro postgres__drop_schema(relation) -%}
  {%- if relation.database -%}
    {%- do adapter.verify_database(relation.database) -%}
  {%- endif -%}
  {%- call statement('drop_schema') -%}
    drop schema if exists {{ relation.without_identifier().include(database=false) }} cascade
  {%- endcall -%}
{%- endmacro %}

{% macro postgres__information_schema_name(database) -%}
  {%- if database -%}
    {%- do adapter.verify_database(database) -%}
  {%- endif -%}
  information_schema
{%- endmacro %}

{% macro postgres__list_schemas(database) %}
  {%- if database -%}
    {%- do adapter.verify_database(database) -%}
  {%- endif -%}
  {%- call statement('list_schemas', fetch_result=true, auto_begin=false) -%}
    select distinct nspname from pg_catalog.pg_namespace
  {%- endcall -%}
  {{ return(load_result('list_schemas').table) }}
{% endmacro %}

{% macro postgres__check_schema_exists(information_schema, schema) -%}
  {%- if information_schema.database -%}
    {%- do adapter.verify_database(information_schema.database) -%}
  {%- endif -%}
  {%- call statement('check_schema_exists', fetch_result=true, auto_begin=false) -%}
    select count(*) from pg_catalog.pg_namespace where nspname = {{ starc_pg_text(schema) }}
  {%- endcall -%}
  {{ return(load_result('check_schema_exists').table) }}
{%- endmacro %}

{#- Tables, partitioned and foreign ones too, views, materialized views and functions of a schema. A function
    may have the name of a relation, which is then the one that counts. -#}
{% macro postgres__list_relations_without_caching(schema_relation) %}
  {%- call statement('list_relations_without_caching', fetch_result=true, auto_begin=false) -%}
    select
      {{ starc_pg_text(schema_relation.database or '') }} as database,
      c.relname as name,
      n.nspname as schema,
      case c.relkind when 'v' then 'view' when 'm' then 'materialized_view' else 'table' end as type
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
      and lower(n.nspname) = lower({{ starc_pg_text(schema_relation.schema) }})
    union all
    select distinct {{ starc_pg_text(schema_relation.database
        or '') }}, f.proname, n.nspname, 'function'
    from pg_catalog.pg_proc f
    join pg_catalog.pg_namespace n on n.oid = f.pronamespace
    where lower(n.nspname) = lower({{ starc_pg_text(schema_relation.schema) }})
      and not exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = f.proname)
  {%- endcall -%}
  {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}

{#- Which relations read which: pairs of (referenced, dependent). -#}
{% macro postgres_get_relations() %}
  {%- call statement('relations', fetch_result=true, auto_begin=false) -%}
    select distinct
      dn.nspname as dependent_schema, d.relname as dependent_name,
      rn.nspname as referenced_schema, r.relname as referenced_name
    from pg_catalog.pg_depend p
    join pg_catalog.pg_rewrite w on w.oid = p.objid
    join pg_catalog.pg_class d on d.oid = w.ev_class
    join pg_catalog.pg_namespace dn on dn.oid = d.relnamespace
    join pg_catalog.pg_class r on r.oid = p.refobjid
    join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
    where p.classid = 'pg_catalog.pg_rewrite'::regclass
      and p.refclassid = 'pg_catalog.pg_class'::regclass
      and d.oid <> r.oid
      and rn.nspname not in ('pg_catalog', 'information_schema')
  {%- endcall -%}
  {{ return(load_result('relations').table) }}
{% endmacro %}
{% macro postgres__get_relations() %}
  {{ return(postgres_get_relations()) }}
{% endmacro %}

{#- What information_schema.columns says, of materialized views too, which are not in it; and the whole
    type, where data_type is ARRAY, USER-DEFINED or leaves the length out. -#}
{% macro postgres__get_columns_in_relation(relation) -%}
  {%- set catalog = (relation.include(schema=false, identifier=false).render() ~ '.' if relation.database)
      ~ 'pg_catalog' -%}
  {%- call statement('get_columns_in_relation', fetch_result=true, auto_begin=false) -%}
    select
      a.attname as column_name,
      case
        when t.typelem <> 0 and t.typlen = -1 then 'ARRAY'
        when t.typnamespace = 'pg_catalog'::regnamespace then pg_catalog.format_type(t.oid, null)
        else 'USER-DEFINED'
      end as data_type,
      information_schema._pg_char_max_length(t.oid, m.typmod) as character_maximum_length,
      information_schema._pg_numeric_precision(t.oid, m.typmod) as numeric_precision,
      information_schema._pg_numeric_scale(t.oid, m.typmod) as numeric_scale,
      pg_catalog.format_type(a.atttypid, a.atttypmod) as starc_type
    from {{ catalog }}.pg_class c
    join {{ catalog }}.pg_namespace n on n.oid = c.relnamespace
    join {{ catalog }}.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join {{ catalog }}.pg_type w on w.oid = a.atttypid
    join {{ catalog }}.pg_type t on t.oid = case w.typtype when 'd' then w.typbasetype else w.oid end
    cross join lateral (select case w.typtype when 'd' then w.typtypmod else a.atttypmod end as typmod) m
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
      and c.relname = {{ starc_pg_text(relation.identifier) }}
      {%- if relation.schema %}
      and n.nspname = {{ starc_pg_text(relation.schema) }}
      {%- else %}
      and n.oid = pg_catalog.pg_my_temp_schema()
      {%- endif %}
    order by a.attnum
  {%- endcall -%}
  {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}

{% macro postgres__starc_type_of_values(data_type) -%}
  {%- set counted = {'serial': 'integer', 'serial4': 'integer', 'bigserial': 'bigint', 'serial8': 'bigint',
                     'smallserial': 'smallint', 'serial2': 'smallint'} -%}
  {{ return(counted.get(data_type | trim | lower, data_type)) }}
{%- endmacro %}

{#- The catalog: a row for each column. -#}
{% macro starc_postgres_catalog(condition) -%}
  {%- call statement('catalog', fetch_result=true, auto_begin=false) -%}
    select
      current_database() as table_database,
      n.nspname as table_schema,
      c.relname as table_name,
      case c.relkind when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW' else 'BASE TABLE' end as table_type,
      pg_catalog.obj_description(c.oid, 'pg_class') as table_comment,
      a.attname as column_name,
      a.attnum as column_index,
      pg_catalog.format_type(a.atttypid, a.atttypmod) as column_type,
      pg_catalog.col_description(c.oid, a.attnum) as column_comment,
      pg_catalog.pg_get_userbyid(c.relowner) as table_owner
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
      and c.relpersistence in ('p', 'u')
      and a.attnum > 0
      and not a.attisdropped
      and {{ condition }}
    order by table_schema, table_name, column_index
  {%- endcall -%}
  {{ return(load_result('catalog').table) }}
{%- endmacro %}

{% macro postgres__get_catalog(information_schema, schemas) -%}
  {%- set names = [] -%}
  {%- for schema in schemas -%}
    {%- do names.append('upper(' ~ starc_pg_text(schema) ~ ')') -%}
  {%- endfor -%}
  {{ return(starc_postgres_catalog('upper(n.nspname) in (' ~ (names | join(', ') or 'null') ~ ')')) }}
{%- endmacro %}

{% macro postgres__get_catalog_relations(information_schema, relations) -%}
  {%- set wanted = [] -%}
  {%- for relation in relations -%}
    {%- set part -%}
      (upper(n.nspname) = upper({{ starc_pg_text(relation.schema) }})
      {%- if relation.identifier %} and upper(c.relname) = upper({{ starc_pg_text(relation.identifier) }}){% endif %})
    {%- endset -%}
    {%- do wanted.append(part) -%}
  {%- endfor -%}
  {{ return(starc_postgres_catalog('(' ~ (wanted | join(' or ') or 'false') ~ ')')) }}
{%- endmacro %}

{#- Comments, as dollar-quoted text with a tag that is not in the comment. -#}
{% macro postgres_escape_comment(comment) -%}
  {%- if comment is not string -%}
    {%- do exceptions.raise_compiler_error('cannot keep a description that is not text: ' ~ comment) -%}
  {%- endif -%}
  {%- set tag = '$dbt_comment_literal_block$' -%}
  {%- if tag in comment -%}
    {%- do exceptions.raise_compiler_error('a description kept in the database may not contain ' ~ tag) -%}
  {%- endif -%}
  {{ tag }}{{ comment }}{{ tag }}
{%- endmacro %}

{% macro postgres__alter_relation_comment(relation, comment) %}
  comment on {{ 'materialized view' if relation.is_materialized_view
      else relation.type }} {{ relation.render() }} is {{ postgres_escape_comment(comment) }}
{% endmacro %}

{% macro postgres__alter_column_comment(relation, column_dict) %}
  {%- set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
  {%- for name, column in validate_doc_columns(relation, column_dict, existing).items() %}
  comment on column {{ relation.render() }}.{{ adapter.quote(name) if column.quote
      else name }} is {{ postgres_escape_comment(column.description) }};
  {%- endfor %}
{% endmacro %}

{% macro postgres__copy_grants() %}
  {{ return(false) }}
{% endmacro %}

{#- Materialized views are in none of the views of information_schema. That everyone may call a function
    is how functions begin, and nobody's grant. -#}
{% macro postgres__get_show_grant_sql(relation) %}
  select
    case a.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(a.grantee) end as grantee,
    a.privilege_type
  {%- if relation.type == 'function' %}
  from pg_catalog.pg_proc f, pg_catalog.aclexplode(f.proacl) a
  where f.oid = {{ starc_pg_text(starc_postgres_signature(relation)) }}::regprocedure
    and a.grantee <> 0
  {%- else %}
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace, pg_catalog.aclexplode(c.relacl) a
  where n.nspname = {{ starc_pg_text(relation.schema) }}
    and c.relname = {{ starc_pg_text(relation.identifier) }}
  {%- endif %}
    and pg_catalog.pg_get_userbyid(a.grantor) = current_role
    and pg_catalog.pg_get_userbyid(a.grantee) <> current_role
{% endmacro %}

{#- A function, told from others of its name by the types of its arguments. -#}
{% macro starc_postgres_signature(relation) %}
  {{- relation.include(database=false) }}(
  {%- for argument in model.arguments -%}
    {{ api.Column.translate_type(argument.data_type) }}{{ ', ' if not loop.last }}
  {%- endfor -%})
{%- endmacro %}

{% macro starc_postgres_granted(relation) %}
  {{- 'function ' ~ starc_postgres_signature(relation) if relation.type == 'function' else relation.render() -}}
{% endmacro %}

{%- macro postgres__get_grant_sql(relation, privilege, grantees) -%}
  grant {{ privilege }} on {{ starc_postgres_granted(relation) }} to {{ starc_grantees_sql(grantees) }}
{%- endmacro -%}

{%- macro postgres__get_revoke_sql(relation, privilege, grantees) -%}
  revoke {{ privilege }} on {{ starc_postgres_granted(relation) }} from {{ starc_grantees_sql(grantees) }}
{%- endmacro -%}

{% macro postgres__starc_grantee_name(grantee) %}
  {%- set name = modules.re.sub('(?i)^group\\s+(?=\\S)', '', grantee | trim) -%}
  {{ return(name[1:-1] | replace('""', '"') if modules.re.match('".+"$', name) else name) }}
{% endmacro %}

{% macro starc_pg_is_role(name) %}
  {%- set query -%}select 1 from pg_catalog.pg_roles where rolname = {{ starc_pg_text(name) }}{%- endset -%}
  {{ return(run_query(query).rows | length > 0) }}
{% endmacro %}

{#- What SQL reads as it stands is left alone: reader, "a-b", group x, "a", b. It folds capital letters,
    so a role that has them is in quotes where there is one. -#}
{% macro postgres__starc_grantee_sql(grantee) %}
  {%- set one = '(?:group\\s+)?(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")' -%}
  {%- if not modules.re.match('(?i)\\s*' ~ one ~ '(?:\\s*,\\s*' ~ one ~ ')*\\s*$', grantee) -%}
    {{ return(adapter.quote(grantee)) }}
  {%- elif modules.re.match('[A-Za-z_]*[A-Z][A-Za-z0-9_$]*$', grantee) and execute and starc_pg_is_role(grantee) -%}
    {{ return(adapter.quote(grantee)) }}
  {%- endif -%}
  {{ return(grantee) }}
{% endmacro %}

{#- delete+insert where there is a key, else rows are only added. -#}
{% macro postgres__get_incremental_default_sql(arg_dict) %}
  {%- if arg_dict['unique_key'] -%}
    {{ return(get_incremental_delete_insert_sql(arg_dict)) }}
  {%- endif -%}
  {{ return(get_incremental_append_sql(arg_dict)) }}
{% endmacro %}

{#- dbt finds out when the table is there: its first run goes well without a key. What a project's own
    macro needs is its own to say. -#}
{% macro postgres__starc_microbatch_check() %}
  {%- set own = get_incremental_microbatch_sql != dbt.get_incremental_microbatch_sql
      or adapter.dispatch('get_incremental_microbatch_sql', 'dbt') != dbt.postgres__get_incremental_microbatch_sql -%}
  {%- if not own and not config.get('unique_key') -%}
    {{ postgres__get_incremental_microbatch_sql({'unique_key': none}) }}
  {%- endif -%}
{% endmacro %}

{% macro postgres__get_incremental_microbatch_sql(arg_dict) %}
  {%- if not arg_dict['unique_key'] -%}
    {%- do exceptions.starc_config_error('incremental_strategy',
        'the strategy microbatch needs a unique_key on Postgres, where a batch is merged',
        'unique_key: the column or columns that tell rows apart') -%}
  {%- endif -%}
  {{ return(get_incremental_merge_sql(arg_dict)) }}
{% endmacro %}

{#- A text longer than the column's type is not cut: its type is the one without a length. -#}
{% macro postgres__starc_fixture_cast(literal, text, type) -%}
  {%- set sized = modules.re.match('(character varying|bit varying|character|bit)\\((\\d+)\\)((\\[\\])?)$', type) -%}
  {%- if sized and (sized.group(3) or 'varying' in type or text | length > sized.group(2) | int) -%}
    {%- set type = {'character': 'bpchar', 'bit': 'bit varying'}.get(sized.group(1), sized.group(1))
        ~ sized.group(3) -%}
  {%- endif -%}
  {{ return(safe_cast(literal, type)) }}
{%- endmacro %}
