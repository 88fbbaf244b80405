{#- starc check on Postgres: what is known of a target. -#}

{#- A name without quotes is in small letters there. -#}
{% macro postgres__starc_check_sources(relations) -%}
  {%- call statement('sources', fetch_result=true) -%}
    select asked.schema, asked.identifier, case c.relkind when 'r' then 'table' when 'p' then 'partitioned table'
        when 'f' then 'foreign table' when 'v' then 'view' else 'materialized view' end,
      a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join (values
      {%- for relation in relations -%}
        {%- set quoted = relation.quote_policy %}
        ({{ starc_pg_text(relation.schema) }}, {{ starc_pg_text(relation.identifier) }},
          {{ starc_pg_text(relation.schema if quoted.schema else relation.schema | lower) }},
          {{ starc_pg_text(relation.identifier if quoted.identifier else relation.identifier | lower) }})
        {{- ',' if not loop.last }}
      {%- endfor %}
    ) as asked (schema, identifier, its_schema, its_name) on asked.its_schema = n.nspname and asked.its_name = c.relname
    where c.relkind in ('r', 'p', 'f', 'v', 'm')
    order by asked.schema, asked.identifier, a.attnum
  {%- endcall -%}
  {{ return(load_result('sources').data) }}
{%- endmacro %}

{#- Functions that no extension brought, in schemas of people, as text that makes one of the same name, arguments and
    result that does nothing: what it does may have a password in it. -#}
{% macro postgres__starc_check_functions() -%}
  {%- set functions = {} -%}
  {%- call statement('server', fetch_result=true) -%}
    select p.oid::regprocedure::text, pg_catalog.format('CREATE OR REPLACE %s %I.%I(%s)%s LANGUAGE plpgsql%s AS %L',
      case p.prokind when 'p' then 'PROCEDURE' else 'FUNCTION' end, n.nspname, p.proname,
      pg_catalog.pg_get_function_arguments(p.oid),
      case when p.prokind <> 'p' then ' RETURNS ' || pg_catalog.pg_get_function_result(p.oid) end,
      case when p.prokind <> 'p' then case p.provolatile when 'i' then ' IMMUTABLE' when 's' then ' STABLE' else '' end
        || case when p.proisstrict then ' STRICT' else '' end end,
      case when p.proretset then 'begin return; end'
        when p.prokind = 'p' or p.prorettype = 'pg_catalog.void'::regtype or p.proargmodes && '{o,b}'::"char"[]
          then 'begin end'
        else 'begin return null; end' end)
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and p.prokind in ('f', 'p')
      and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
      and not exists (select 1 from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by 1
  {%- endcall -%}
  {%- for row in load_result('server').data -%}
    {%- do functions.update({row[0]: row[1]}) -%}
  {%- endfor -%}
  {{ return(functions) }}
{%- endmacro %}

{#- Types that no extension brought, in schemas of people, as text that makes one like it: a domain without its
    conditions and its default. -#}
{% macro postgres__starc_check_types() -%}
  {%- set types = {} -%}
  {%- call statement('server', fetch_result=true) -%}
    select pg_catalog.format('%I.%I', n.nspname, t.typname), pg_catalog.format(case t.typtype
        when 'd' then 'CREATE DOMAIN %I.%I AS %s' when 'e' then 'CREATE TYPE %I.%I AS ENUM (%s)'
        when 'r' then 'CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s)' else 'CREATE TYPE %I.%I AS (%s)' end,
      n.nspname, t.typname, case t.typtype
        when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod)
        when 'e' then (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
          from pg_catalog.pg_enum e where e.enumtypid = t.oid)
        when 'r' then (select pg_catalog.format_type(r.rngsubtype, null) from pg_catalog.pg_range r
          where r.rngtypid = t.oid)
        else (select string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)),
            ', ' order by a.attnum)
          from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) end)
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and (t.typtype in ('d', 'e', 'r')
        or t.typtype = 'c' and exists (
          select 1 from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
      and not exists (select 1 from pg_catalog.pg_depend d where d.objid = t.oid and d.deptype = 'e')
    order by 1
  {%- endcall -%}
  {%- for row in load_result('server').data -%}
    {%- do types.update({row[0]: row[1]}) -%}
  {%- endfor -%}
  {{ return(types) }}
{%- endmacro %}

{#- One of that name is the database's own. -#}
{% macro postgres__starc_check_make_types(name, text) -%}
  {%- set its = modules.re.match('(?:"(?:[^"]|"")*"|[^".])+', name).group(0) -%}
  {%- set query %}select to_regtype({{ starc_pg_text(name) }}) is null{% endset -%}
  {%- if run_query(query).rows[0][0] -%}
    {%- call statement('check_server') -%}
      create schema if not exists {{ its }};
      {{ text }}
    {%- endcall -%}
  {%- endif -%}
{%- endmacro %}

{#- What a body names may come later, or be nowhere. A function of the project is looked at with its body. -#}
{% macro postgres__starc_check_make_functions(name, text) -%}
  {%- set its = modules.re.search('(?i)(?:function|procedure)\\s+("(?:[^"]|"")*"|[^".\\s(]+)\\.', text) -%}
  {%- call statement('check_server') -%}
    {%- if its %}create schema if not exists {{ its.group(1) }};{% endif %}
    set local check_function_bodies = off;
    {{ text }};
    set local check_function_bodies = on
  {%- endcall -%}
{%- endmacro %}
