{#- ClickHouse: what arrives while a table is filled. In: a table and the queries that fill it, whose
    sources go on growing. Out: the table with each row once. Views beside catch what comes from a
    moment on; the rows from before are read by the numbers of their blocks. -#}

{#- [[database, table]] of the tables that feed views and keep their rows in parts. -#}
{% macro starc_ch_fed_by(views) -%}
  {%- set names = [] -%}
  {%- for view in views -%}
    {%- do names.append(starc_ch_text(view.identifier)) -%}
  {%- endfor -%}
  {%- set found = run_query("select database, name from system.tables where engine like '%MergeTree' and hasAny(dependencies_table, ["
      ~ (names | join(', ')) ~ ']) and has(dependencies_database, ' ~ starc_ch_text(views[0].schema) ~ ')') -%}
  {%- set tables = [] -%}
  {%- for row in found.rows -%}
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
      {%- do names.append('(' ~ starc_ch_text(table[0]) ~ ', ' ~ starc_ch_text(table[1]) ~ ')') -%}
    {%- endfor -%}
    {%- for row in run_query('select database, table, partition_id, max(max_block_number) from system.parts where active and (database, table) in ('
        ~ (names | join(', ')) ~ ') group by 1, 2, 3 order by 1, 2, 3').rows -%}
      {%- do rows.append([row[0], row[1], row[2], row[3] | int]) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(rows) }}
{%- endmacro %}

{#- Inserts into the tables that are under way. -#}
{% macro starc_ch_inserts_now(tables) -%}
  {%- set words = [] -%}
  {%- for table in tables -%}
    {%- do words.append('insert\\s+into\\s+(table\\s+)?([`"]?' ~ modules.re.escape(table[0]) ~ '[`"]?[.])?[`"]?' ~ modules.re.escape(table[1]) ~ '[`"\\s(]') -%}
  {%- endfor -%}
  {{ return(run_query("select count(*) from system.processes where query_kind in ('Insert', 'AsyncInsertFlush') and match(query, "
      ~ starc_ch_text('(?i)' ~ (words | join('|'))) ~ ')').rows[0][0] | int) }}
{%- endmacro %}

{#- The settings of a query that is to see of each table the rows up to these blocks only. -#}
{% macro starc_ch_up_to(blocks) -%}
  {%- set own = adapter.get_model_query_settings(model) | trim -%}
  {%- set tables = {} -%}
  {%- for row in blocks -%}
    {%- set name = row[0] ~ '.' ~ row[1] -%}
    {%- do tables.update({name: tables.get(name, []) + [row]}) -%}
  {%- endfor -%}
  {%- set filters = [] -%}
  {%- for name, rows in tables.items() -%}
    {%- set partitions = [] -%}
    {%- set highest = [] -%}
    {%- for row in rows -%}
      {%- do partitions.append(starc_ch_text(row[2])) -%}
      {%- do highest.append(row[3]) -%}
    {%- endfor -%}
    {%- set last = 'transform(_partition_id, [' ~ (partitions | join(', ')) ~ '], [' ~ (highest | join(', ')) ~ '], -1)' -%}
    {%- do filters.append(starc_ch_text(name) ~ ': ' ~ starc_ch_text("toInt64(splitByChar('_', _part)[3]) <= " ~ last
        ~ " and throwIf(toInt64(splitByChar('_', _part)[2]) <= " ~ last ~ " and toInt64(splitByChar('_', _part)[3]) > " ~ last
        ~ ", '" ~ starc_ch_merged() ~ "') = 0")) -%}
  {%- endfor -%}
  {%- set cut = 'additional_table_filters = {' ~ (filters | join(', ')) ~ '}' -%}
  {{ return((own ~ ', ' ~ cut if own else 'settings ' ~ cut) if filters else own) }}
{%- endmacro %}

{#- Creates the views beside, which write into `built` from now on, at a moment when no insert was
    under way: what older blocks hold came before, all else comes through the views. Gives the
    blocks. Where inserts never pause, the last try counts. -#}
{% macro starc_ch_begin_to_catch(target, built, views) -%}
  {%- set beside = [] -%}
  {%- for suffix in views -%}
    {%- do beside.append(make_intermediate_relation(target.derivative('_' ~ suffix, 'materialized_view'))) -%}
  {%- endfor -%}
  {%- set state = namespace(tables=none, blocks=[], clean=false) -%}
  {%- for try in range(100) -%}
    {%- if state.clean -%}{%- break -%}{%- endif -%}
    {%- set before = starc_ch_blocks(state.tables) if state.tables else [] -%}
    {%- for suffix, query in views.items() -%}
      {%- do clickhouse__create_mv(beside[loop.index0], built, on_cluster_clause(target), '', query) -%}
    {%- endfor -%}
    {%- if state.tables is none -%}
      {%- set state.tables = starc_ch_fed_by(beside) -%}
      {%- set state.clean = not state.tables -%}
    {%- else -%}
      {%- set state.blocks = starc_ch_blocks(state.tables) -%}
      {%- set state.clean = state.blocks == before and starc_ch_inserts_now(state.tables) == 0 -%}
    {%- endif -%}
    {%- if not state.clean and try < 99 -%}
      {%- for view in beside -%}
        {%- do adapter.drop_relation(view) -%}
      {%- endfor -%}
      {%- do starc_ch_empty_anew(target, built) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not state.clean -%}
    {%- do exceptions.warn(target ~ ': inserts into its source never paused while it was filled, so a row that arrived at that moment may be missing or there twice') -%}
  {%- endif -%}
  {{ return({'views': beside, 'blocks': state.blocks}) }}
{%- endmacro %}

{#- What the queries gave before the views beside, added to `built` while they catch the rest. A part
    that a merge made of older and newer rows cannot be told apart: then all begins again. -#}
{% macro starc_ch_catch_up(target, built, views, queries) -%}
  {%- set inserts = [] -%}
  {%- for query in queries -%}
    {%- set columns = get_quoted_csv(clickhouse__get_columns_in_query(query)) -%}
    {%- do inserts.append('insert into ' ~ built.render() ~ ' (' ~ columns ~ ')\nselect ' ~ columns ~ ' from (\n' ~ query ~ '\n)\n') -%}
  {%- endfor -%}
  {%- set state = namespace(caught=none, done=0) -%}
  {%- for try in range(100) -%}
    {%- if state.done == inserts | length -%}{%- break -%}{%- endif -%}
    {%- set state.caught = starc_ch_begin_to_catch(target, built, views) -%}
    {%- set state.done = 0 -%}
    {%- for insert in inserts -%}
      {%- if state.done != loop.index0 -%}{%- break -%}{%- endif -%}
      {%- set text = insert ~ starc_ch_up_to(state.caught.blocks) -%}
      {%- set tried = adapter.starc_try(text) -%}
      {%- if tried.error is none -%}
        {%- do write(text) -%}
        {%- do store_result('main', response=tried.response) -%}
        {%- set state.done = state.done + 1 -%}
      {%- elif starc_ch_merged() not in tried.error or try == 99 -%}
        {#- Once more, for the error to be told where it belongs. -#}
        {% call statement('main') -%}
          {{ text }}
        {%- endcall %}
        {%- set state.done = state.done + 1 -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if state.done < inserts | length -%}
      {%- for view in state.caught.views -%}
        {%- do adapter.drop_relation(view) -%}
      {%- endfor -%}
      {%- do starc_ch_empty_anew(target, built) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(state.caught) }}
{%- endmacro %}

{#- An insert under way still writes into the table it found: another one takes the name. -#}
{% macro starc_ch_empty_anew(target, built) -%}
  {%- set other = make_backup_relation(target, 'table') -%}
  {%- do run_query('create table ' ~ other.render() ~ ' ' ~ on_cluster_clause(other) ~ ' as ' ~ built.render()) -%}
  {%- do adapter.cache_added(other) -%}
  {%- do adapter.drop_relation(built) -%}
  {%- do adapter.rename_relation(other, built) -%}
{%- endmacro %}

{% macro starc_ch_merged() %}
  {{ return('rows that arrived were merged with older ones before these were read: run the model again') }}
{% endmacro %}
