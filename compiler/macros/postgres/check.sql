{#- starc_check on Postgres: in schemas of its own, in a transaction that is rolled back. -#}
{% macro postgres__starc_check_schema(relation) -%}
  {%- if not relation.schema.startswith('pg_temp_') -%}
    {%- do create_schema(relation) -%}
  {%- endif -%}
{%- endmacro %}

{#- A session's temporary relations need no right to make a schema. The first one makes theirs. -#}
{% macro postgres__starc_check_temp_schema() -%}
  {%- set query -%}
    select has_database_privilege(current_database(), 'create'), has_database_privilege(current_database(), 'temp'),
      current_database(), current_user
  {%- endset -%}
  {%- set may = run_query(query).rows[0] -%}
  {%- if may[0] -%}
    {{ return(none) }}
  {%- elif not may[1] -%}
    {%- do exceptions.raise_compiler_error('the role ' ~ may[3] ~ ' may create neither schemas nor temporary tables in '
        ~ 'the database ' ~ may[2] ~ ': a check needs one of the two. Grant it (grant temporary on database '
        ~ adapter.quote(may[2]) ~ ' to ' ~ adapter.quote(may[3]) ~ '), or name another target with --check-target') -%}
  {%- endif -%}
  {%- call statement('first_temporary', auto_begin=false) -%}
    create temporary table __starc_check () on commit drop
  {%- endcall -%}
  {{ return(run_query('select nspname from pg_catalog.pg_namespace where oid = pg_my_temp_schema()').rows[0][0]) }}
{%- endmacro %}

{#- A cast takes one type and nothing else. `serial` is no type, but a table's column may be given as one; so may a
    collation. A query has at most 1,664 columns. -#}
{% macro postgres__starc_check_are_types(types) -%}
  {%- set name = '("([^"]|"")+"|\\w+)' -%}
  {%- set serial = '(small|big)?serial[248]?' -%}
  {%- set beside = '(?i)^(%s|(.+?)\\s+collate\\s+(%s\\s*\\.\\s*)?%s)$' | format(serial, name, name) -%}
  {%- for some in types | batch(1000) -%}
    {%- call statement('check_types', auto_begin=false) -%}
      select
      {%- for type in some %}
        cast(null as {{ modules.re.sub(beside, '\\3', type) or 'integer' }})
        {{- ',' if not loop.last }}
      {%- endfor %}
      where false
    {%- endcall -%}
  {%- endfor -%}
{%- endmacro %}

{% macro postgres__starc_check_limits(most) -%}
  {%- call statement('limits', auto_begin=false) -%}
    set local statement_timeout = {{ most }};
    set local lock_timeout = {{ [most // 2, 3000] | min }};
    set local quote_all_identifiers = off
  {%- endcall -%}
  {%- do starc_pg_check_prepare() -%}
{%- endmacro %}

{#- Nodes that make nothing are rolled back one by one. -#}
{% macro postgres__starc_check_last_query(sql) -%}
  {%- do starc_check_view(sql, ask=true) -%}
  {{ return(starc_check_answer()) }}
{%- endmacro %}

{#- Two of its columns may have one name, as no view's may. -#}
{% macro postgres__starc_check_nobodys_query(sql) -%}
  {%- call statement('main') -%}
    {{ starc_check_header() }}
    prepare starc_check_analysis as {{ sql }}
    ;
    deallocate starc_check_analysis
  {%- endcall -%}
{%- endmacro %}

{% macro postgres__starc_check_made_columns(schemas, names) -%}
  {%- call statement('made_columns', fetch_result=true, auto_begin=false) -%}
    select n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname in (
      {%- for schema in schemas %}{{ starc_pg_text(schema) }}{{ ', ' if not loop.last }}{% endfor -%}
    )
    {%- if names %} and c.relname in (
      {%- for name in names %}{{ starc_pg_text(name) }}{{ ', ' if not loop.last }}{% endfor -%}
    )
    {%- endif %}
    order by n.nspname, c.relname, a.attnum
  {%- endcall -%}
  {{ return(load_result('made_columns').data) }}
{%- endmacro %}

{% macro postgres__starc_check_reads(schemas) -%}
  {%- call statement('reads', fetch_result=true, auto_begin=false) -%}
    select distinct n.nspname, c.relname, of_n.nspname, of_c.relname
    from pg_catalog.pg_rewrite w
    join pg_catalog.pg_class c on c.oid = w.ev_class
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid
      and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> c.oid
    join pg_catalog.pg_class of_c on of_c.oid = d.refobjid and of_c.relkind in ('r', 'p', 'f', 'v', 'm')
    join pg_catalog.pg_namespace of_n on of_n.oid = of_c.relnamespace
    where of_n.nspname not in ('pg_catalog', 'information_schema') and of_n.nspname not like 'pg_t%' and n.nspname in (
      {%- for schema in schemas %}{{ starc_pg_text(schema) }}{{ ', ' if not loop.last }}{% endfor -%}
    )
    order by 1, 2, 3, 4
  {%- endcall -%}
  {{ return(load_result('reads').data) }}
{%- endmacro %}

{#- A view, or what has keys: a table of the contract, without foreign keys, which are looked at apart since
    hooks may make what they need; a table or a materialized view that indexes stand on. -#}
{% macro postgres__starc_check_relation(relation, sql) -%}
  {{ starc_check_header() }}
  {%- set kind = config.get('materialized') %}
  {%- if kind in ['table', 'incremental'] and config.get('contract', {}).get('enforced') %}
  create table {{ relation.render() }} (
    {{ starc_pg_check_columns() | join(',\n    ') }}
  )
  {%- elif kind == 'materialized_view' %}
  create {{ 'table' if relation.schema.startswith('pg_temp_') else 'materialized view' }} {{ relation.render() }} as (
  {{ sql }}
  )
  with no data
  {%- elif kind != 'view' and (config.get('indexes') or config.get('starc_check_exact')) %}
  create table {{ relation.render() }} as (
  {{ sql }}
  )
  with no data
  {%- else %}
  create view {{ relation.render() }} as
  {{ sql }}
  {%- endif %}
{%- endmacro %}

{#- The columns and constraints of the contract that are no foreign keys, as SQL. -#}
{% macro starc_pg_check_columns() -%}
  {%- set columns = {} -%}
  {%- for name, column in model['columns'].items() -%}
    {%- set own = {} -%}
    {%- do own.update(column) -%}
    {%- do own.update({'constraints': column.constraints | rejectattr('type', 'equalto', 'foreign_key') | list}) -%}
    {%- do columns.update({name: own}) -%}
  {%- endfor -%}
  {%- set others = model['constraints'] | rejectattr('type', 'equalto', 'foreign_key') | list -%}
  {{ return(adapter.render_raw_columns_constraints(raw_columns=columns)
      + adapter.render_raw_model_constraints(raw_constraints=others)) }}
{%- endmacro %}

{#- Foreign keys as joins: their columns are there, and can be compared. -#}
{% macro starc_pg_check_foreign_keys(relation) -%}
  {%- set keys = [] -%}
  {%- for constraint in model['constraints'] if constraint.type == 'foreign_key' -%}
    {%- do keys.append([constraint.columns, constraint]) -%}
  {%- endfor -%}
  {%- for column in model['columns'].values() -%}
    {%- for constraint in column.constraints if constraint.type == 'foreign_key' -%}
      {%- do keys.append([[column.name], constraint]) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for columns, constraint in keys if constraint.to and constraint.to_columns -%}
    {%- set text = adapter.render_raw_model_constraints(raw_constraints=[constraint])[0] -%}
    {%- set to = text[text.index('references ') + 11 : text.rindex(' (')] -%}
    {%- set query -%}
      select 1 as one
      from (select {{ columns | join(', ') }} from {{ relation.render() }}) as starc_from
      join (select {{ starc_pg_numbered(constraint.to_columns) }} from {{ to }}) as starc_to on true
      {%- for column in columns %} and starc_from.{{ column }} = starc_to.c{{ loop.index }}{% endfor %}
    {%- endset -%}
    {%- do starc_check_query(query, header=false) -%}
  {%- endfor -%}
{%- endmacro %}

{#- a as c1, b as c2 -#}
{% macro starc_pg_numbered(columns) -%}
  {%- for column in columns %}{{ column }} as c{{ loop.index }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{% macro postgres__starc_check_extras(relation, sql) -%}
  {%- set kind = config.get('materialized') -%}
  {%- if kind in ['table', 'incremental', 'materialized_view'] and config.get('indexes') -%}
    {%- do create_indexes(relation) -%}
  {%- endif -%}
  {%- if kind in ['table', 'incremental'] and config.get('contract', {}).get('enforced') -%}
    {%- do starc_pg_check_foreign_keys(relation) -%}
  {%- endif -%}
{%- endmacro %}
