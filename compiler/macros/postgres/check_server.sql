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

{#- Functions that no extension brought, in schemas of people, as text that makes them. -#}
{% macro postgres__starc_check_functions() -%}
  {%- set functions = {} -%}
  {%- call statement('server', fetch_result=true) -%}
    select p.oid::regprocedure::text, pg_catalog.pg_get_functiondef(p.oid)
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and p.prokind in ('f', 'w', 'p')
      and l.lanname in ('sql', 'plpgsql')
      and not exists (select 1 from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by 1
  {%- endcall -%}
  {%- for row in load_result('server').data -%}
    {%- do functions.update({row[0]: row[1]}) -%}
  {%- endfor -%}
  {{ return(functions) }}
{%- endmacro %}
