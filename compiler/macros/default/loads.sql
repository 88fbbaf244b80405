{#- Loads: a table of another database, brought into a table here. The rows come into a table beside or
    in a transaction, so that a reader finds what was there before or all of what is new. How far a
    load came is told by the row of starc_loads that names the very table (a table that somebody made
    anew has another id), else by the greatest cursor that the table has. -#}

{#- The table that has a row for each load of a schema. -#}
{% macro starc_loads_relation(target) %}
  {{ return(api.Relation.create(database=target.database, schema=target.schema, identifier='starc_loads',
      type='table')) }}
{% endmacro %}

{% macro starc_load_make_record(target) %}
  {{ return(adapter.dispatch('starc_load_make_record', 'dbt')(starc_loads_relation(target))) }}
{% endmacro %}

{#- Two that make it at once wait for each other: `if not exists` alone lets both try. -#}
{% macro default__starc_load_make_record(relation) %}
  {%- if load_cached_relation(relation) is none -%}
    {%- call statement('starc_loads', auto_begin=false) -%}
      select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('starc_loads'));
      create table if not exists {{ relation.render() }} (
        load text not null,
        table_name text not null,
        load_id text not null,
        mode text not null,
        rows bigint,
        bytes bigint,
        cursor_column text,
        cursor_from text,
        cursor_to text,
        started_at timestamptz not null,
        ended_at timestamptz not null,
        invocation_id text not null,
        relation_id text not null
      )
    {%- endcall -%}
    {%- do adapter.cache_added(relation) -%}
  {%- endif -%}
{% endmacro %}

{#- What tells a table from another one of its name. -#}
{% macro starc_relation_id(relation) %}
  {{ return(adapter.dispatch('starc_relation_id', 'dbt')(relation)) }}
{% endmacro %}
{% macro default__starc_relation_id(relation) %}
  {%- call statement('relation_id', fetch_result=true, auto_begin=false) -%}
    select {{ starc_load_text(relation.render()) }}::regclass::oid::text
  {%- endcall -%}
  {{ return(load_result('relation_id').table.rows[0][0]) }}
{% endmacro %}

{% macro starc_load_text(value) %}
  {{ return(adapter.dispatch('starc_load_text', 'dbt')(value)) }}
{% endmacro %}
{% macro default__starc_load_text(value) %}
  {{ return('null' if value is none else "'" ~ (value | string).replace("'", "''") ~ "'") }}
{% endmacro %}

{#- Up to which cursor the table has rows, as a text; none: it has none. -#}
{% macro starc_load_last(existing) %}
  {%- set cursor = config.get('cursor') -%}
  {%- if not cursor -%}
    {{ return(none) }}
  {%- endif -%}
  {%- if load_cached_relation(starc_loads_relation(existing)) is not none -%}
  {%- call statement('load_last', fetch_result=true, auto_begin=false) -%}
    select cursor_to from {{ starc_loads_relation(existing).render() }}
    where {{ starc_load_same() }} and cursor_column = {{ starc_load_text(cursor.column) }}
      and relation_id = {{ starc_load_text(starc_relation_id(existing)) }}
    order by ended_at desc limit 1
  {%- endcall -%}
  {%- set rows = load_result('load_last').table.rows -%}
  {%- if rows | length -%}
    {{ return(rows[0][0]) }}
  {%- endif -%}
  {%- endif -%}
  {%- set name = adapter.starc_load_column(cursor.column) -%}
  {%- for column in starc_load_has(existing) if column[0] == name -%}
    {%- set order = adapter.starc_load_ordered(adapter.quote(name), column[1]) -%}
    {%- call statement('load_last', fetch_result=true, auto_begin=false) -%}
      select {{ starc_load_cursor_text(adapter.starc_load_text_of('max(' ~ order ~ ')', column[1])) }}
      from {{ existing.render() }}
    {%- endcall -%}
    {{ return(load_result('load_last').table.rows[0][0]) }}
  {%- endfor -%}
  {{ return(none) }}
{% endmacro %}

{#- The text of a value as starc_loads keeps it, whatever the session's way to write dates is. -#}
{% macro starc_load_cursor_text(value) %}
  {{ return(adapter.dispatch('starc_load_cursor_text', 'dbt')(value)) }}
{% endmacro %}
{% macro default__starc_load_cursor_text(value) %}
  {{ return('pg_catalog.to_jsonb(' ~ value ~ ") #>> '{}'") }}
{% endmacro %}

{#- Whether nothing is in the table any more: then all comes again, whatever starc_loads says. -#}
{% macro starc_load_is_empty(existing) %}
  {%- call statement('load_any', fetch_result=true, auto_begin=false) -%}
    select 1 from {{ existing.render() }} limit 1
  {%- endcall -%}
  {{ return(load_result('load_any').table.rows | length == 0) }}
{% endmacro %}

{% macro starc_load_columns(columns, prefix='') %}
  {%- set out = [] -%}
  {%- for column in columns -%}
    {%- do out.append(prefix ~ adapter.quote(column.name)) -%}
  {%- endfor -%}
  {{ return(out | join(', ')) }}
{% endmacro %}

{#- The columns of the table with their types. -#}
{% macro starc_load_create(relation, plan) %}
  {{ return(adapter.dispatch('starc_load_create', 'dbt')(relation, plan)) }}
{% endmacro %}
{% macro default__starc_load_create(relation, plan) %}
  {%- set parts = [] -%}
  {%- for column in plan.columns -%}
    {%- do parts.append(adapter.quote(column.name) ~ ' ' ~ column.type ~ ('' if column.nullable else ' not null')) -%}
  {%- endfor -%}
  {%- call statement('create_load') -%}
    create {{ 'unlogged ' if config.get('unlogged') }}table {{ relation.render() }} (
      {{ parts | join(',\n      ') }}
    )
  {%- endcall -%}
{% endmacro %}

{#- A table for rows on their way: those of all columns, or of the keys alone. The session's own, so that no
    right in a schema is needed and no other load is in its way. -#}
{% macro starc_load_beside(target, suffix, columns) %}
  {{ return(adapter.dispatch('starc_load_beside', 'dbt')(target, suffix, columns)) }}
{% endmacro %}
{% macro default__starc_load_beside(target, suffix, columns) %}
  {%- set named = make_temp_relation(target, suffix) -%}
  {%- set relation = named.incorporate(type='table', path={'schema': 'pg_temp'}) -%}
  {%- set parts = [] -%}
  {%- for column in columns -%}
    {%- do parts.append(adapter.quote(column.name) ~ ' ' ~ column.type) -%}
  {%- endfor -%}
  {%- call statement('create_beside') -%}
    create temporary table {{ relation.render() }} ({{ parts | join(', ') }}) on commit drop
  {%- endcall -%}
  {{ return(relation) }}
{% endmacro %}

{% macro starc_load_drop(relation) %}
  {{ return(adapter.dispatch('starc_load_drop', 'dbt')(relation)) }}
{% endmacro %}
{% macro default__starc_load_drop(relation) %}
  {%- call statement('drop_beside') -%}
    drop table if exists {{ relation.render() }}
  {%- endcall -%}
{% endmacro %}

{#- Brings a part of the rows into a relation; adds to what was moved. -#}
{% macro starc_load_bring(relation, part, columns, moved) %}
  {%- set count = adapter.starc_load_rows(relation, part, columns) -%}
  {%- do moved.update({'rows': moved.rows + count.rows, 'bytes': moved.bytes + count.bytes}) -%}
{% endmacro %}

{#- Rows with the cursors that an earlier load ended at may be there already, or have come late: of those
    that the source has now (beside), the ones that the table has not are added, counted with their
    doubles. Returns how many rows the table has more. -#}
{% macro starc_load_edge(table, beside, plan) %}
  {%- set names = starc_load_columns(plan.columns) -%}
  {%- set before = starc_load_before(table, plan) -%}
  {%- set compared = starc_load_compared(table, beside, plan, before) -%}
  {%- set row = starc_load_row_text(compared) -%}
  {%- set came = starc_load_numbered(beside, row) -%}
  {%- set had = starc_load_numbered(table, row, before) -%}
  {%- if compared | length < plan.columns | length -%}
    {{ return(starc_load_edge_anew(table, beside, plan, before, row, came, had)) }}
  {%- endif -%}
  {%- call statement('load_edge') -%}
    insert into {{ table.render() }} ({{ names }})
    {{ starc_load_unmatched(names, came, had) }}
  {%- endcall -%}
  {{ return([load_result('load_edge').response.rows_affected, 0] | max) }}
{% endmacro %}

{#- The same where the source has got a column since: its rows take the place of those without it, with what
    these have in columns that the source has no more. -#}
{% macro starc_load_edge_anew(table, beside, plan, before, row, came, had) %}
  {%- set kept = [] -%}
  {%- for column in starc_load_has(table) if not column[3]
      and column[0] not in (plan.columns | map(attribute='name')) -%}
    {%- do kept.append({'name': column[0], 'type': column[1]}) -%}
  {%- endfor -%}
  {%- set names = starc_load_columns(plan.columns + kept) -%}
  {%- set both = starc_load_beside(this, '__dbt_new_both', plan.columns + kept) -%}
  {%- call statement('load_edge_came') -%}
    insert into {{ both.render() }} ({{ names }})
    select {{ starc_load_columns(plan.columns, 'came.') }}
      {{- ', ' ~ starc_load_columns(kept, 'had.') if kept }}
    from ({{ came }}) as came left join ({{ had }}) as had
      on came.__starc_row = had.__starc_row and came.__starc_nth = had.__starc_nth
  {%- endcall -%}
  {%- set again -%}{{ row }} in (select {{ row }} from {{ beside.render() }}){%- endset -%}
  {%- call statement('load_edge_had') -%}
    insert into {{ both.render() }} ({{ names }})
    {{ starc_load_unmatched(names, had, came, again) }}
  {%- endcall -%}
  {%- call statement('load_edge_out') -%}
    {{ starc_load_delete(table) }} where ({{ before }}) and {{ again }}
  {%- endcall -%}
  {%- call statement('load_edge') -%}
    insert into {{ table.render() }} ({{ names }}) select {{ names }} from {{ both.render() }}
  {%- endcall -%}
  {%- do starc_load_drop(both) -%}
  {{ return([load_result('load_edge').response.rows_affected
      - load_result('load_edge_out').response.rows_affected, 0] | max) }}
{% endmacro %}

{#- The rows of a relation, with a text of each and a number that tells equal texts apart. -#}
{% macro starc_load_numbered(relation, row, condition='') -%}
  select *, {{ row }} as __starc_row, row_number() over (partition by {{ row }}) as __starc_nth
  from {{ relation.render() }} {%- if condition %} where {{ condition }}{% endif %}
{%- endmacro %}

{#- How rows are taken out of a table: what stands before `where`. -#}
{% macro starc_load_delete(table) -%}
  {{ return(adapter.dispatch('starc_load_delete', 'dbt')(table)) }}
{%- endmacro %}
{% macro default__starc_load_delete(table) -%}
  delete from {{ table.render() }}
{%- endmacro %}

{#- A text that equal rows have in common. -#}
{% macro starc_load_row_text(columns) %}
  {{ return(adapter.dispatch('starc_load_row_text', 'dbt')(columns)) }}
{% endmacro %}
{% macro default__starc_load_row_text(columns) %}
  {{ return('row(' ~ starc_load_columns(columns) ~ ')::text') }}
{% endmacro %}

{#- Of the numbered rows of one query those that another has not. -#}
{% macro starc_load_unmatched(names, rows, others, condition='') -%}
  {{ return(adapter.dispatch('starc_load_unmatched', 'dbt')(names, rows, others, condition)) }}
{%- endmacro %}
{% macro default__starc_load_unmatched(names, rows, others, condition) -%}
  select {{ names }} from ({{ rows }}) as these
  where {{ condition ~ ' and ' if condition }}not exists (
    select 1 from ({{ others }}) as others
    where others.__starc_row = these.__starc_row and others.__starc_nth = these.__starc_nth)
{%- endmacro %}

{#- Which rows of the table may be those that come again; without an earlier cursor all of them. -#}
{% macro starc_load_before(table, plan) -%}
  {{ return(adapter.dispatch('starc_load_before', 'dbt')(table, plan)) }}
{%- endmacro %}
{% macro default__starc_load_before(table, plan) -%}
  {%- set cursor = adapter.quote(plan.cursor) -%}
  {%- if plan.last_sql is none -%}
    true
  {%- else -%}
    {{ cursor }} >= {{ plan.from_sql }} and {{ cursor }} <= {{ plan.last_sql }} or {{ cursor }} is null
  {%- endif -%}
{%- endmacro %}

{#- The columns by which rows that came are told from those that the table has. Not one that is NULL in all
    of these and not in those: the source has got it since. -#}
{% macro starc_load_compared(table, beside, plan, before) %}
  {%- set counts = [] -%}
  {%- for column in plan.columns -%}
    {%- do counts.append('count(' ~ adapter.quote(column.name) ~ ')') -%}
  {%- endfor -%}
  {%- call statement('load_had', fetch_result=true) -%}
    select {{ counts | join(', ') }} from {{ table.render() }} where {{ before }}
  {%- endcall -%}
  {%- set had = load_result('load_had').table.rows[0] -%}
  {%- call statement('load_came', fetch_result=true) -%}
    select {{ counts | join(', ') }} from {{ beside.render() }}
  {%- endcall -%}
  {%- set came = load_result('load_came').table.rows[0] -%}
  {%- set compared = [] -%}
  {%- for column in plan.columns -%}
    {%- if had[loop.index0] | int > 0 or came[loop.index0] | int == 0 -%}
      {%- do compared.append(column) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(compared) }}
{% endmacro %}

{#- The columns of the key, quoted. -#}
{% macro starc_load_keys() %}
  {%- set keys = [] -%}
  {%- for key in config.get('key') -%}
    {%- do keys.append(adapter.quote(key)) -%}
  {%- endfor -%}
  {{ return(keys) }}
{% endmacro %}

{#- Stops where the key does not tell rows apart. -#}
{% macro starc_load_check_key(beside, plan) %}
  {%- set keys = starc_load_keys() -%}
  {%- call statement('null_keys', fetch_result=true, auto_begin=false) -%}
    select count(*) from {{ beside.render() }} where {{ keys | join(' is null or ') }} is null
  {%- endcall -%}
  {%- set nulls = load_result('null_keys').table.rows[0][0] | int -%}
  {%- if nulls -%}
    {%- do exceptions.starc_config_error('key', nulls ~ (' row has' if nulls == 1 else ' rows have')
        ~ " no value in the key (" ~ config.get('key') | join(', ') ~ ") of '" ~ model.name ~ "'") -%}
  {%- endif -%}
  {%- if plan.cursor is none -%}
    {%- call statement('double_keys', fetch_result=true, auto_begin=false) -%}
      select {{ keys | join(', ') }}, count(*) from {{ beside.render() }}
      group by {{ keys | join(', ') }} having count(*) > 1 order by {{ keys | join(', ') }} limit 1
    {%- endcall -%}
    {%- set rows = load_result('double_keys').table.rows -%}
    {%- if rows | length -%}
      {%- do exceptions.starc_config_error('key', "the key of '" ~ model.name ~ "' is not unique: " ~ rows[0][-1]
          ~ ' rows have (' ~ config.get('key') | join(', ') ~ ') = (' ~ (rows[0] | list)[:-1] | join(', ')
          ~ '). A cursor says which of them is the last') -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{#- The last row of each key that came, without those that say they are deleted. -#}
{% macro starc_load_latest(beside, plan) %}
  {{ return(adapter.dispatch('starc_load_latest', 'dbt')(beside, plan)) }}
{% endmacro %}
{% macro default__starc_load_latest(beside, plan) %}
  {%- set keys = starc_load_keys() -%}
  {%- set order = keys + ([plan.cursor_order ~ ' desc nulls last'] if plan.cursor else [])
      + ['row(' ~ starc_load_columns(plan.columns) ~ ')::text'] -%}
  select {{ starc_load_columns(plan.columns) }}
  from (select distinct on ({{ keys | join(', ') }}) * from {{ beside.render() }}
    order by {{ order | join(', ') }}) as latest
  {{ starc_load_alive() }}
{% endmacro %}

{% macro starc_load_alive() %}
  {%- if config.get('deleted_at') -%}
    where {{ adapter.quote(adapter.starc_load_column(config.get('deleted_at'))) }} is null
  {%- endif -%}
{% endmacro %}

{#- Takes out of the table what came again, and with `deletes: compare` what came no more. -#}
{% macro default__starc_load_take_out(table, beside, keys_beside) %}
  {%- set same = [] -%}
  {%- for key in config.get('key') -%}
    {%- do same.append('t.' ~ adapter.quote(key) ~ ' = s.' ~ adapter.quote(key)) -%}
  {%- endfor -%}
  {%- call statement('take_out') -%}
    delete from {{ table.render() }} as t using {{ beside.render() }} as s where {{ same | join(' and ') }}
  {%- endcall -%}
  {%- if keys_beside is not none -%}
    {%- call statement('take_out_gone') -%}
      delete from {{ table.render() }} as t
      where not exists (select 1 from {{ keys_beside.render() }} as s where {{ same | join(' and ') }})
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}

{#- The row that says what was done. `table`: the relation that it is true of. -#}
{% macro starc_load_record(target, plan, moved, started, table) %}
  {%- call statement('load_record') -%}
    insert into {{ starc_loads_relation(target).render() }}
      (load, table_name, load_id, mode, rows, bytes, cursor_column, cursor_from, cursor_to, started_at, ended_at,
       invocation_id, relation_id)
    values ({{ starc_load_text(model.load) }}, {{ starc_load_text(model.table) }}, {{ starc_load_text(moved.id) }},
      {{ starc_load_text(config.get('mode')) }}, {{ moved.rows }}, {{ moved.bytes }},
      {{ starc_load_text(config.get('cursor').column if plan.cursor else none) }},
      {{ starc_load_text(plan.cursor_from) }}, {{ starc_load_text(plan.cursor_to) }},
      {{ starc_load_text(started) }}, {{ starc_load_ended(target) }}, {{ starc_load_text(invocation_id) }},
      {{ starc_load_text(starc_relation_id(table)) }})
  {%- endcall -%}
{% endmacro %}

{#- When this load ended: later than each load of the table before it, whatever clocks say. -#}
{% macro starc_load_ended(target) %}
  {{ return(adapter.dispatch('starc_load_ended', 'dbt')(target)) }}
{% endmacro %}
{% macro default__starc_load_ended(target) -%}
  greatest({{ starc_load_text(starc_load_now()) }}::timestamptz,
    (select max(ended_at) + interval '1 microsecond' from {{ starc_loads_relation(target).render() }}
      where {{ starc_load_same() }}))
{%- endmacro %}

{#- Which rows of starc_loads are those of this load. -#}
{% macro starc_load_same() -%}
  load = {{ starc_load_text(model.load) }} and table_name = {{ starc_load_text(model.table) }}
{%- endmacro %}

{% macro starc_load_now() %}
  {{ return(modules.datetime.datetime.utcnow().strftime('%Y-%m-%d %H:%M:%S.%f')
      ~ ('+00' if adapter.type() == 'postgres' else '')) }}
{% endmacro %}

{% macro starc_load_done(moved) %}
  {% call noop_statement('main', 'LOAD ' ~ moved.rows, 'LOAD', moved.rows) -%}
  {%- endcall %}
{% endmacro %}

{#- How many batches there are, at most: a range takes no more. -#}
{% macro starc_load_most_batches() %}
  {{ return(100000 if config.get('batch') else 1) }}
{% endmacro %}

{#- What an earlier load left beside its table. -#}
{% macro starc_load_leftovers(target) %}
  {{ return(adapter.dispatch('starc_load_leftovers', 'dbt')(target)) }}
{% endmacro %}
{% macro default__starc_load_leftovers(target) %}
  {%- do starc_drop_leftovers(target) -%}
{% endmacro %}

{#- All that is new, or a batch of it, and the row that says so; here in one transaction. -#}
{% macro starc_load_step(load, plan, target_relation) %}
  {{ return(adapter.dispatch('starc_load_step', 'dbt')(load, plan, target_relation)) }}
{% endmacro %}
{% macro default__starc_load_step(load, plan, target_relation) %}
  {%- set mode = config.get('mode') -%}
  {%- set moved = load.moved -%}
  {%- set drift = starc_load_drift(load.existing, plan) -%}
  {%- set widened = not load.again and 'widened' in (drift | map(attribute='kind')) -%}
  {%- set anew = load.again or widened -%}
  {%- set table = starc_built_as(load.existing, target_relation) if anew else load.existing -%}
  {%- if load.again -%}
    {%- do starc_load_create(table, plan) -%}
  {%- elif widened -%}
    {%- do starc_load_copy(load.existing, table, drift) -%}
  {%- endif -%}
  {#- Whoever reads the table waits from its `alter` to the end: all has come from the source by then. -#}
  {%- set alters = drift and not anew -%}
  {%- set came = starc_load_beside(target_relation, '__dbt_new_rows', plan.columns) if alters and mode != 'merge'
      else table -%}
  {%- set beside = none -%}
  {%- set keys_beside = none -%}
  {%- if mode == 'merge' -%}
    {%- set beside = starc_load_beside(target_relation, '__dbt_new_data', plan.columns) -%}
    {%- do starc_load_bring(beside, 'all', plan.columns, moved) -%}
    {%- do starc_load_check_key(beside, plan) -%}
    {%- if not load.again and config.get('deletes') == 'compare' and not plan.more -%}
      {%- set keys_beside = starc_load_beside(target_relation, '__dbt_new_keys', starc_load_key_columns(plan)) -%}
      {%- do adapter.starc_load_rows(keys_beside, 'keys', starc_load_key_columns(plan)) -%}
    {%- endif -%}
  {%- elif load.first or plan.cursor is none -%}
    {%- do starc_load_bring(came, 'all', plan.columns, moved) -%}
  {%- else -%}
    {%- if plan.cursor_last is not none -%}
      {%- do starc_load_bring(came, 'new', plan.columns, moved) -%}
    {%- endif -%}
    {%- set beside = starc_load_beside(target_relation, '__dbt_new_data', plan.columns) -%}
    {%- do adapter.starc_load_rows(beside, 'edge', plan.columns) -%}
  {%- endif -%}
  {%- if alters -%}
    {%- do starc_load_alter(table, drift) -%}
  {%- endif -%}
  {%- if mode == 'merge' -%}
    {%- if not load.again -%}
      {%- do default__starc_load_take_out(table, beside, keys_beside) -%}
    {%- endif -%}
    {%- call statement('load_latest') -%}
      insert into {{ table.render() }} ({{ starc_load_columns(plan.columns) }})
      {{ starc_load_latest(beside, plan) }}
    {%- endcall -%}
  {%- elif beside is not none -%}
    {%- do moved.update({'rows': moved.rows + starc_load_edge(table, beside, plan)}) -%}
  {%- endif -%}
  {%- if came != table -%}
    {%- call statement('load_came') -%}
      insert into {{ table.render() }} ({{ starc_load_columns(plan.columns) }})
      select {{ starc_load_columns(plan.columns) }} from {{ came.render() }}
    {%- endcall -%}
    {%- do starc_load_drop(came) -%}
  {%- endif -%}
  {%- for relation in [beside, keys_beside] if relation is not none -%}
    {%- do starc_load_drop(relation) -%}
  {%- endfor -%}
  {%- if load.again -%}
    {%- do create_indexes(table) -%}
  {%- endif -%}
  {%- if anew -%}
    {%- do starc_swap_in(load.existing, table, target_relation) -%}
  {%- endif -%}
  {%- do starc_load_record(target_relation, plan, moved, load.started, target_relation) -%}
{% endmacro %}

{#- A table beside with the rows of one that is there, its columns as they are from now on: to change a type
    in place would lock readers out while all rows are written anew, and no view may read the table. -#}
{% macro starc_load_copy(existing, table, drift) %}
  {%- set names = [] -%}
  {%- for column in starc_load_has(existing) if not column[3] -%}
    {%- do names.append(adapter.quote(column[0])) -%}
  {%- endfor -%}
  {%- call statement('copy_like') -%}
    create {{ 'unlogged ' if config.get('unlogged') }}table {{ table.render() }}
      (like {{ existing.render() }} including all)
  {%- endcall -%}
  {%- do starc_load_alter(table, drift) -%}
  {%- call statement('copy_rows') -%}
    insert into {{ table.render() }} ({{ names | join(', ') }}) overriding system value
    select {{ names | join(', ') }} from {{ existing.render() }}
  {%- endcall -%}
{% endmacro %}

{#- {existing, again, whole, started, target}: what a load finds and does. `again`: a new table takes the
    place of the one that is there, or of none. `whole`: nobody may see it grow, in batches. -#}
{% macro starc_load_begin() %}
  {%- set existing = load_cached_relation(this) -%}
  {%- do starc_load_not_a_view(existing) -%}
  {%- set again = existing is none or should_full_refresh() or config.get('mode') == 'replace' -%}
  {{ return({'existing': existing, 'again': again, 'whole': again and existing is not none, 'more': true,
      'target': this.incorporate(type='table'), 'started': starc_load_now(), 'batches': 0}) }}
{% endmacro %}

{#- Opens the source for all that is new, or for the next batch of it. -#}
{% macro starc_load_open(load) %}
  {%- do load.update({'moved': {'rows': 0, 'bytes': 0,
      'id': invocation_id ~ '.' ~ model.name ~ ('.' ~ load.batches if load.batches else '')}}) -%}
  {%- do load.update({'first': load.again or starc_load_is_empty(load.existing)}) -%}
  {%- set last = none if load.first else starc_load_last(load.existing) -%}
  {{ return(adapter.starc_load_open(last, load.first, load.whole)) }}
{% endmacro %}

{#- After a batch: the next one adds to the table that is there. -#}
{% macro starc_load_came(load, plan, all_moved) %}
  {%- do all_moved.update({'rows': all_moved.rows + load.moved.rows, 'bytes': all_moved.bytes + load.moved.bytes}) -%}
  {%- do load.update({'existing': load_cached_relation(this) or load.target, 'again': false, 'more': plan.more,
      'batches': load.batches + 1, 'started': starc_load_now()}) -%}
{% endmacro %}

{% materialization load, default %}
  {%- set load = starc_load_begin() -%}
  {%- set target_relation = load.target -%}
  {%- set had = load.existing -%}
  {%- set made = load.again -%}
  {%- set moved = {'rows': 0, 'bytes': 0} -%}
  {%- if invocation_args_dict.get('dry_run') -%}
    {%- do starc_load_tell(target_relation, load.existing, load.again) -%}
    {{ return({'relations': []}) }}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_load_make_record(target_relation) -%}
  {%- do starc_load_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}
  {%- for _ in range(starc_load_most_batches()) -%}
    {%- if not loop.first -%}
      {%- do adapter.commit() -%}
    {%- endif -%}
    {%- set plan = starc_load_open(load) -%}
    {%- do starc_load_step(load, plan, target_relation) -%}
    {%- do starc_load_came(load, plan, moved) -%}
    {%- if not load.more -%}
      {%- break -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do starc_load_done(moved) -%}
  {%- do starc_finish_relation(had, target_relation, made) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do starc_restore_keys() -%}
  {%- do adapter.commit() -%}

  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- What would be done, and nothing is. -#}
{% macro starc_load_tell(target, existing, again) %}
  {%- set plan = adapter.starc_load_open(none if again else starc_load_last(existing), again) -%}
  {%- set drift = starc_load_drift(existing, plan) if not again else [] -%}
  {%- set mode = config.get('mode') -%}
  {%- set how = [mode] -%}
  {%- if mode == 'merge' -%}
    {%- do how.append('by (' ~ config.get('key') | join(', ') ~ ')') -%}
  {%- endif -%}
  {%- if plan.cursor_last -%}
    {%- do how.append('what is new since ' ~ plan.cursor ~ ' ' ~ plan.cursor_from) -%}
  {%- elif existing is none -%}
    {%- do how.append('the table is not there yet') -%}
  {%- else -%}
    {%- do how.append('all rows') -%}
  {%- endif -%}
  {%- set about = ' with about ' ~ '{:,}'.format(plan.estimate) ~ ' rows' -%}
  {%- do how.append(plan.what ~ (about if plan.estimate >= 0 else '')) -%}
  {%- set lines = [model.name ~ ' -> ' ~ target.schema ~ '.' ~ target.identifier ~ ': ' ~ how | join(', ')] -%}
  {%- set names = plan.columns | map(attribute='name') | map('length') | max -%}
  {%- set types = plan.columns | map(attribute='from_type') | map('length') | max -%}
  {%- for column in plan.columns -%}
    {%- do lines.append('  ' ~ column.name.ljust(names) ~ '  ' ~ column.from_type.ljust(types) ~ '  ' ~ column.type) -%}
  {%- endfor -%}
  {{ print(lines | join('\n')) }}
  {%- set would = 'make' if existing is none else 'replace' if again else 'merge' if mode == 'merge' else 'add' -%}
  {%- call noop_statement('main', 'would ' ~ would, 'LOAD') -%}
  {%- endcall -%}
{% endmacro %}

{% macro starc_load_not_a_view(existing) %}
  {%- if existing is not none and not existing.is_table -%}
    {%- do exceptions.raise_compiler_error(
        'cannot load into ' ~ existing ~ ': it is a ' ~ existing.type
            ~ ', not a table. Drop it or give the load another alias') -%}
  {%- endif -%}
{% endmacro %}

{% macro starc_load_key_columns(plan) %}
  {%- set out = [] -%}
  {%- for key in config.get('key') -%}
    {%- for column in plan.columns if column.name == key -%}
      {%- do out.append(column) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(out) }}
{% endmacro %}
