{#- When a relation was last changed, as Postgres itself knows it. -#}

{#- The newest commit among its rows, where the server keeps the times of commits (track_commit_timestamp). That reads
    the whole relation. One that is not there has no row. `place` tells relations of one name in two databases
    apart. -#}
{% macro postgres__get_relation_last_modified(information_schema, relations) -%}
  {%- set found = starc_pg_untold(relations) -%}
  {%- call statement('last_modified', fetch_result=true) -%}
    select place, schema, identifier, nullif(last_modified, '-infinity') as last_modified, now() as snapshotted_at,
      case when last_modified = '-infinity' then 'its rows are older than the times of commits that the server keeps'
        else why end as why
    from (values
      {%- for relation in relations %}
      {%- set why = found[loop.index0] %}
      ({{ loop.index0 }}, {{ starc_pg_text(relation.schema) }}, {{ starc_pg_text(relation.identifier) }},
        {%- if why is none or why %} cast(null as timestamptz)
        {%- else %} (select coalesce(max(pg_catalog.pg_xact_commit_timestamp(xmin)),
          case when count(*) > 0 then cast('-infinity' as timestamptz) end)
          from {{ relation.include(database=false).render() }})
        {%- endif %}, {{ 'null' if why is none else starc_pg_text(why) }}){{ ',' if not loop.last }}
      {%- endfor %}
    ) as asked (place, schema, identifier, last_modified, why)
    where why is not null
  {%- endcall -%}
  {{ return(load_result('last_modified')) }}
{%- endmacro %}

{#- For each relation why its rows cannot tell; empty: they can; none: it is not there. -#}
{% macro starc_pg_untold(relations) -%}
  {%- call statement('relations', fetch_result=true) -%}
    select
      case when elsewhere then 'it is in another database, and Postgres reads one at a time'
        when there is null then null
        when c.relkind = 'v' then 'a view has no rows of its own'
        when c.relkind = 'f' then 'the rows of a foreign table are elsewhere'
        when c.relkind not in ('r', 'p', 'm') then 'it is no table'
        when not pg_catalog.has_table_privilege(c.oid, 'select') then 'this user may not read it'
        when pg_catalog.current_setting('track_commit_timestamp') <> 'on' then
          'the server does not keep the times of commits (its setting track_commit_timestamp is off)'
        else '' end
    from (values
      {%- for relation in relations %}
      {%- set elsewhere = relation.database and relation.database | lower != target.dbname | lower %}
      ({{ loop.index0 }}, {{ 'true' if elsewhere else 'false' }},
        {{ 'null::oid' if elsewhere else
          'pg_catalog.to_regclass(%s)::oid' | format(starc_pg_text(relation.include(database=false).render())) }})
      {{- ',' if not loop.last }}
      {%- endfor %}
    ) as asked (place, elsewhere, there)
    left join pg_catalog.pg_class c on c.oid = there
    order by place
  {%- endcall -%}
  {{ return(load_result('relations').data | map('first') | list) }}
{%- endmacro %}
