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
