{#- ClickHouse: what arrives while a table is filled. In: a table and the queries that fill it, whose
    sources go on growing. Out: the table with each row once. Here are the statements;
    adapter.starc_catch_up decides which one is due, and when all begins again. -#}

{#- What the queries gave before the views beside, added to `built` while those catch the rest. Gives
    the views. -#}
{% macro starc_ch_catch_up(target, built, views, queries) -%}
  {%- set inserts = [] -%}
  {%- for query in queries -%}
    {%- set columns = get_quoted_csv(clickhouse__get_columns_in_query(query)) -%}
    {%- set insert %}insert into {{ built.render() }} ({{ columns }})
select {{ columns }} from (
{{ query }}
)
{% endset -%}
    {%- do inserts.append(insert) -%}
  {%- endfor -%}
  {%- set beside = [] -%}
  {%- for suffix in views -%}
    {%- do beside.append(make_intermediate_relation(target.derivative('_' ~ suffix, 'materialized_view'))) -%}
  {%- endfor -%}
  {%- set caught = adapter.starc_catch_up(inserts=inserts, work={
      'target': target, 'built': built, 'views': views, 'beside': beside,
      'watch': starc_ch_watch, 'unwatch': starc_ch_unwatch}) -%}
  {%- if not caught.clean -%}
    {%- do exceptions.warn(target ~ ': inserts into its source never paused while it was filled, so a row that '
        ~ 'arrived at that moment may be missing or there twice') -%}
  {%- endif -%}
  {{ return({'views': beside, 'inserted': caught.inserted}) }}
{%- endmacro %}

{#- --- what adapter.starc_catch_up calls -#}

{#- The views beside write into `built` from now on. -#}
{% macro starc_ch_watch(work) -%}
  {%- for suffix, query in work.views.items() -%}
    {%- do clickhouse__create_mv(work.beside[loop.index0], work.built, on_cluster_clause(work.target), '', query) -%}
  {%- endfor -%}
{%- endmacro %}

{#- An insert under way still writes into the table it found: another one takes the name. -#}
{% macro starc_ch_unwatch(work) -%}
  {%- for view in work.beside -%}
    {%- do adapter.drop_relation(view) -%}
  {%- endfor -%}
  {%- set other = make_backup_relation(work.target, 'table') -%}
  {%- set query -%}
    create table {{ other.render() }} {{ on_cluster_clause(other) }} as {{ work.built.render() }}
  {%- endset -%}
  {%- do run_query(query) -%}
  {%- do adapter.cache_added(other) -%}
  {%- do adapter.drop_relation(work.built) -%}
  {%- do adapter.rename_relation(other, work.built) -%}
{%- endmacro %}

{#- [[database, table]] of the tables that feed views and keep their rows in parts. -#}
{% macro starc_ch_fed_by(views) -%}
  {%- set names = [] -%}
  {%- for view in views -%}
    {%- do names.append(starc_ch_text(view.identifier)) -%}
  {%- endfor -%}
  {%- set query -%}
    select database, name from system.tables
    where engine like '%MergeTree'
      and hasAny(dependencies_table, [{{ names | join(', ') }}])
      and has(dependencies_database, {{ starc_ch_text(views[0].schema) }})
  {%- endset -%}
  {%- set tables = [] -%}
  {%- for row in run_query(query).rows -%}
    {%- do tables.append([row[0], row[1]]) -%}
  {%- endfor -%}
  {{ return(tables) }}
{%- endmacro %}

{#- [[database, table, partition, highest block]]: an insert that was committed has a higher one. -#}
{% macro starc_ch_blocks(tables) -%}
  {%- set rows = [] -%}
  {%- if tables -%}
    {%- set names = [] -%}
    {%- for table in tables -%}
      {%- set name -%}({{ starc_ch_text(table[0]) }}, {{ starc_ch_text(table[1]) }}){%- endset -%}
      {%- do names.append(name) -%}
    {%- endfor -%}
    {%- set query -%}
      select database, table, partition_id, max(max_block_number) from system.parts
      where active and (database, table) in ({{ names | join(', ') }})
      group by 1, 2, 3 order by 1, 2, 3
    {%- endset -%}
    {%- for row in run_query(query).rows -%}
      {%- do rows.append([row[0], row[1], row[2], row[3] | int]) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(rows) }}
{%- endmacro %}

{#- [[database, table]] of the tables that inserts name whose rows come to views, through other views too. -#}
{% macro starc_ch_inserted(views) -%}
  {%- set state = namespace(tables=[], next=[]) -%}
  {%- for view in views -%}
    {%- do state.next.append([view.schema, view.identifier]) -%}
  {%- endfor -%}
  {%- for level in range(10) if state.next -%}
    {%- set found = [] -%}
    {%- for row in starc_ch_feeding(state.next) if [row[0], row[1]] not in state.tables -%}
      {%- do found.append([row[0], row[1]]) -%}
    {%- endfor -%}
    {%- set state.tables = state.tables + found -%}
    {%- set state.next = starc_ch_views_into(found) if found else [] -%}
  {%- endfor -%}
  {{ return(state.tables) }}
{%- endmacro %}

{% macro starc_ch_pairs(relations) -%}
  {%- for relation in relations -%}
    ({{ starc_ch_text(relation[0]) }}, {{ starc_ch_text(relation[1]) }}){{ ', ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{% macro starc_ch_feeding(views) -%}
  {%- set query -%}
    select database, name from system.tables
    where hasAny(arrayZip(dependencies_database, dependencies_table), [{{ starc_ch_pairs(views) }}])
  {%- endset -%}
  {{ return(run_query(query).rows) }}
{%- endmacro %}

{% macro starc_ch_views_into(tables) -%}
  {%- set query -%}
    select database, name from system.tables
    where engine = 'MaterializedView' and {{ starc_ch_written_table() }} in (
      {%- for table in tables -%}
        {{ starc_ch_text(table[0] ~ '.' ~ table[1]) }}{{ ', ' if not loop.last }}
      {%- endfor -%}
    )
  {%- endset -%}
  {{ return(run_query(query).rows) }}
{%- endmacro %}

{#- How many inserts into the tables are under way. What has no query there is not seen: Kafka and Buffer
    tables that are flushed, another replica. -#}
{% macro starc_ch_inserts_now(tables) -%}
  {%- set words = [] -%}
  {%- for table in tables -%}
    {%- set database = '([`"]?' ~ modules.re.escape(table[0]) ~ '[`"]?[.])?' -%}
    {%- set name = '[`"]?' ~ modules.re.escape(table[1]) ~ '([`"\\s(]|$)' -%}
    {%- do words.append('insert\\s+into\\s+(table\\s+)?' ~ database ~ name) -%}
  {%- endfor -%}
  {%- set query -%}
    select count(*) from system.processes
    where query_kind in ('Insert', 'AsyncInsertFlush')
      and match(query, {{ starc_ch_text('(?i)' ~ (words | join('|'))) }})
  {%- endset -%}
  {{ return(run_query(query).rows[0][0] | int if tables else 0) }}
{%- endmacro %}

{#- Sends an insert of what came before. False: it met a part that a merge made of older and newer rows,
    and may be tried again. -#}
{% macro starc_ch_insert_before(insert, cut, merged, last) -%}
  {%- set text = insert ~ starc_ch_settings_with(cut) -%}
  {%- set tried = adapter.starc_try(text) -%}
  {%- if tried.error is none -%}
    {%- do write(text) -%}
    {%- do store_result('main', response=tried.response) -%}
  {%- elif not last and merged in tried.error -%}
    {{ return(false) }}
  {%- else -%}
    {#- Once more, for the error to be told where it belongs. -#}
    {% call statement('main') -%}
      {{ text }}
    {%- endcall %}
  {%- endif -%}
  {{ return(true) }}
{%- endmacro %}

{#- The settings of the model's query, with one more. -#}
{% macro starc_ch_settings_with(cut) -%}
  {%- set own = adapter.get_model_query_settings(model) | trim -%}
  {{ return((own ~ ', ' ~ cut if own else 'settings ' ~ cut) if cut else own) }}
{%- endmacro %}
