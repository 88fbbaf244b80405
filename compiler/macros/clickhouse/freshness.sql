{#- When a table was last changed, as ClickHouse itself knows it. -#}

{#- The newest of its parts: of an insert, a mutation or a merge. Only tables with parts can tell; a materialized view
    without a table of its own to fill has one inside. -#}
{% macro clickhouse__get_relation_last_modified(information_schema, relations) -%}
  {%- set schemas = [] -%}
  {%- for relation in relations -%}
    {%- do schemas.append(starc_ch_text(relation.schema)) -%}
  {%- endfor -%}
  {%- call statement('last_modified', fetch_result=true) -%}
    select t.database as schema, t.name as identifier,
      nullIf({{ starc_utc_moment('p.newest') }}, toDateTime(0, 'UTC')) as last_modified,
      {{ starc_utc_moment('now()') }} as snapshotted_at,
      multiIf(
        t.engine like '%MergeTree' or last_modified is not null, '',
        t.engine in ('View', 'LiveView', 'WindowView'), 'a view has no rows of its own',
        t.engine = 'MaterializedView', 'the rows of a materialized view are in the table that it fills',
        t.engine = 'Distributed', 'the rows of a Distributed table are in other tables',
        concat('ClickHouse does not say when a table of the engine ', t.engine, ' was changed')) as why
    from system.tables as t
    left join (
      select database, table, max(modification_time) as newest
      from system.parts
      where active and rows > 0 and database in ({{ schemas | unique | join(', ') }})
      group by database, table) as p
      on p.database = t.database
      and p.table = if(t.engine = 'MaterializedView', concat('.inner_id.', toString(t.uuid)), t.name)
    where (t.database, t.name) in (
      {%- for relation in relations -%}
      ({{ starc_ch_text(relation.schema) }}, {{ starc_ch_text(relation.identifier) }}){{ ', ' if not loop.last }}
      {%- endfor -%})
    {%- for relation in relations if relation.external and not relation.external.startswith('(') %}
    union all
    select {{ starc_ch_text(relation.schema) }}, {{ starc_ch_text(relation.identifier) }},
      {{ starc_utc_moment('max(_time)') }}, {{ starc_utc_moment('now()') }}, '' from {{ relation.external }}
    {%- endfor %}
  {%- endcall -%}
  {{ return(load_result('last_modified')) }}
{%- endmacro %}
