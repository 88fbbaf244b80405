{#- starc_check on Postgres: in schemas of its own, in a transaction that is rolled back. -#}
{% macro postgres__starc_check_made_columns(schemas) -%}
  {%- call statement('made_columns', fetch_result=true, auto_begin=false) -%}
    select n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'f', 'v', 'm') and n.nspname in (
      {%- for schema in schemas %}{{ starc_pg_text(schema) }}{{ ', ' if not loop.last }}{% endfor -%}
    )
    order by n.nspname, c.relname, a.attnum
  {%- endcall -%}
  {{ return(load_result('made_columns').data) }}
{%- endmacro %}
