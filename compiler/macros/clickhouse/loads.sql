{#- ClickHouse: loads. The rows come into a table beside, with those that were there already where they
    stay (their parts are shared, not copied), and one EXCHANGE puts it in the place of the old one. A
    load that dies leaves the table as it was; the next one drops what it left.
    The row of starc_loads is written before the swap and names the table beside, by an id that goes
    with it: it comes true with the swap, in one step. The row of a load that died before it is later
    than that of the table that is there, or names the table beside: the next load takes it out.
    A table whose inserts feed views is not swapped, they would not see the rows: what comes is gathered
    beside, and what the table has not yet is inserted. The row is written after that; a load that died
    before is done again from where the last one ended, and finds what is there. -#}

{% macro clickhouse__starc_load_make_record(relation) %}
  {%- if load_cached_relation(relation) is none -%}
    {%- call statement('starc_loads') -%}
      create table if not exists {{ relation.render() }} {{ on_cluster_clause(relation) }} (
        load String,
        table_name String,
        load_id String,
        mode String,
        rows Nullable(UInt64),
        bytes Nullable(UInt64),
        cursor_column Nullable(String),
        cursor_from Nullable(String),
        cursor_to Nullable(String),
        started_at DateTime64(6, 'UTC'),
        ended_at DateTime64(6, 'UTC'),
        invocation_id String,
        relation_id String
      )
      engine = MergeTree order by (load, table_name, ended_at)
    {%- endcall -%}
    {%- do adapter.cache_added(relation) -%}
  {%- endif -%}
{% endmacro %}

{% macro clickhouse__starc_relation_id(relation) %}
  {{ return(starc_ch_facts(relation, 'toString(uuid)')[0][0]) }}
{% endmacro %}

{% macro clickhouse__starc_load_text(value) %}
  {{ return('null' if value is none else "'" ~ (value | string).replace('\\', '\\\\').replace("'", "\\'") ~ "'") }}
{% endmacro %}

{% macro clickhouse__starc_load_cursor_text(value) %}
  {{ return('toString(' ~ value ~ ')') }}
{% endmacro %}

{% macro clickhouse__starc_load_create(relation, plan) %}
  {%- set parts = [] -%}
  {%- for column in plan.columns -%}
    {%- do parts.append(adapter.quote(column.name) ~ ' ' ~ column.type) -%}
  {%- endfor -%}
  {%- call statement('create_load') -%}
    create table {{ relation.render() }} {{ on_cluster_clause(relation) }} (
      {{ parts | join(',\n      ') }}
    )
    {{ starc_ch_storage(relation) }}
  {%- endcall -%}
  {%- do add_index_and_projections(relation) -%}
  {%- do adapter.cache_added(relation) -%}
{% endmacro %}

{% macro clickhouse__starc_load_beside(target, suffix, columns) %}
  {%- set relation = make_temp_relation(target, suffix).incorporate(type='table') -%}
  {%- set parts = [] -%}
  {%- for column in columns -%}
    {%- do parts.append(adapter.quote(column.name) ~ ' ' ~ column.type) -%}
  {%- endfor -%}
  {%- call statement('create_beside') -%}
    create table {{ relation.render() }} {{ on_cluster_clause(relation) }} ({{ parts | join(', ') }})
    engine = MergeTree order by tuple()
  {%- endcall -%}
  {%- do adapter.cache_added(relation) -%}
  {{ return(relation) }}
{% endmacro %}

{% macro clickhouse__starc_load_drop(relation) %}
  {%- do adapter.drop_relation(relation) -%}
{% endmacro %}

{% macro clickhouse__starc_load_delete(table) -%}
  delete from {{ table.render() }} {{ on_cluster_clause(table) }}
{%- endmacro %}

{% macro clickhouse__starc_load_ended(target) %}
  {%- call statement('load_ended', fetch_result=true) -%}
    select toString(greatest(toDateTime64({{ starc_load_text(starc_load_now()) }}, 6, 'UTC'),
      max(ended_at) + toIntervalMicrosecond(1)))
    from {{ starc_loads_relation(target).render() }} where {{ starc_load_same() }}
  {%- endcall -%}
  {{ return(starc_load_text(load_result('load_ended').table.rows[0][0])) }}
{% endmacro %}

{% macro clickhouse__starc_load_row_text(columns) %}
  {{ return("formatRow('TabSeparated', " ~ starc_load_columns(columns) ~ ')' if columns else "''") }}
{% endmacro %}

{% macro clickhouse__starc_load_unmatched(names, rows, others, condition) -%}
  select {{ names }} from ({{ rows }})
  where {{ condition ~ ' and ' if condition }}(__starc_row, __starc_nth) not in (
    select __starc_row, __starc_nth from ({{ others }}))
{%- endmacro %}

{#- Where a load that died may have inserted and said nothing of it, there is no upper end. -#}
{% macro clickhouse__starc_load_before(table, plan) -%}
  {%- set cursor = adapter.quote(plan.cursor or '') -%}
  {%- if plan.cursor is none -%}
    false
  {%- elif plan.from_sql is none or plan.last_sql is none -%}
    true
  {%- elif table.identifier == this.identifier -%}
    {{ cursor }} >= {{ plan.from_sql }} or {{ cursor }} is null
  {%- else -%}
    {{ cursor }} >= {{ plan.from_sql }} and {{ cursor }} <= {{ plan.last_sql }} or {{ cursor }} is null
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__starc_load_latest(beside, plan) %}
  {%- set keys = starc_load_keys() -%}
  {%- set order = ([plan.cursor_order ~ ' desc nulls last'] if plan.cursor else [])
      + ["formatRow('TabSeparated', " ~ starc_load_columns(plan.columns) ~ ')'] -%}
  select {{ starc_load_columns(plan.columns) }}
  from (select * from {{ beside.render() }} order by {{ order | join(', ') }} limit 1 by {{ keys | join(', ') }})
  {{ starc_load_alive() }}
{% endmacro %}

{#- Takes out of the clone what came again, and with `deletes: compare` what came no more. -#}
{% macro starc_ch_load_take_out(table, beside, keys_beside) %}
  {%- set keys = starc_load_keys() -%}
  {%- set key = keys | join(', ') -%}
  {%- call statement('take_out') -%}
    {{ starc_load_delete(table) }}
    where ({{ key }}) in (select {{ key }} from {{ beside.render() }})
    {%- if keys_beside is not none %}
      or ({{ key }}) not in (select {{ key }} from {{ keys_beside.render() }})
    {%- endif %}
  {%- endcall -%}
{% endmacro %}

{#- What a load has beside its table while it runs. -#}
{% macro starc_ch_load_beside(target) %}
  {{ return([make_intermediate_relation(target), make_temp_relation(target, '__dbt_new_data'),
      make_temp_relation(target, '__dbt_new_keys'), make_temp_relation(target, '__dbt_new_both')]) }}
{% endmacro %}

{#- A server may still work on what a load that was killed had sent last: an insert into a table that views
    read. Its rows come true with their views; this load looks what is missing after that. -#}
{% macro starc_ch_load_await_earlier(target) %}
  {%- set begins -%}insert into {{ target.render() }} ({%- endset -%}
  {%- for _ in range(2400) -%}
    {%- call statement('load_earlier', fetch_result=true) -%}
      select query_id from system.processes
      where query_kind = 'Insert' and position(query, {{ starc_ch_text(begins) }}) > 0
        and position(query, '__dbt_new_') > 0
    {%- endcall -%}
    {%- set running = load_result('load_earlier').table.rows -%}
    {%- if not running | length -%}
      {{ return(none) }}
    {%- elif loop.first -%}
      {%- do log("waits for what an earlier load of '" ~ model.name ~ "' had sent: query " ~ running[0][0],
          info=true) -%}
    {%- elif loop.last -%}
      {%- do exceptions.raise_compiler_error("what an earlier load of '" ~ model.name
          ~ "' had sent still runs on the server: query " ~ running[0][0]) -%}
    {%- endif -%}
    {%- call statement('load_wait') -%}
      select sleep(0.25)
    {%- endcall -%}
  {%- endfor -%}
{% endmacro %}

{#- What an earlier load left beside its table. -#}
{% macro clickhouse__starc_load_leftovers(target) %}
  {%- do starc_ch_load_await_earlier(target) -%}
  {%- do starc_ch_load_untrue(target) -%}
  {%- do starc_drop_leftovers(target) -%}
  {%- for left in starc_ch_load_beside(target) -%}
    {%- do drop_relation_if_exists(load_cached_relation(left)) -%}
  {%- endfor -%}
{% endmacro %}

{#- The id of a table that may not be there, within a statement. -#}
{% macro starc_ch_load_id_of(relation) -%}
  (select toString(uuid) from system.tables where database = {{ starc_ch_text(relation.schema) }}
    and name = {{ starc_ch_text(relation.identifier) }})
{%- endmacro %}

{#- Takes out the rows of loads that died before their table was swapped in. Before the leftovers go:
    without a row of the table that is there, they are told by the id of the table beside. -#}
{% macro starc_ch_load_untrue(target) %}
  {%- set of = starc_load_same() -%}
  {%- set ours = starc_ch_load_id_of(target) -%}
  {%- set record = starc_loads_relation(target) -%}
  {%- call statement('untrue', fetch_result=true) -%}
    with (select max(ended_at) from {{ record.render() }} where {{ of }} and relation_id in {{ ours }}) as known
    select toString(ended_at), relation_id from {{ record.render() }}
    where {{ of }} and relation_id not in {{ ours }}
      and if(known > toDateTime64(0, 6, 'UTC'), ended_at > known,
        relation_id in {{ starc_ch_load_id_of(make_intermediate_relation(target)) }})
  {%- endcall -%}
  {%- for row in load_result('untrue').table.rows -%}
    {%- call statement('take_out_untrue') -%}
      delete from {{ record.render() }} {{ on_cluster_clause(record) }}
      where {{ of }} and relation_id = {{ starc_load_text(row[1]) }}
        and ended_at = {{ starc_load_text(row[0]) }}
    {%- endcall -%}
  {%- endfor -%}
{% endmacro %}

{#- All that is new, or a batch of it, and the row that says so. -#}
{% macro clickhouse__starc_load_step(load, plan, target_relation) %}
  {%- set mode = config.get('mode') -%}
  {%- set again = load.again -%}
  {%- set moved = load.moved -%}
  {%- set drift = starc_load_drift(load.existing, plan) -%}
  {%- set watched = load.existing is not none and starc_ch_table_facts(load.existing).watched -%}
  {%- set in_place = watched and not again -%}
  {%- set built = load.existing if in_place else make_intermediate_relation(target_relation) -%}
  {%- set beside = none -%}
  {%- set keys_beside = none -%}
  {%- if again -%}
    {%- if watched -%}
      {%- do starc_ch_load_warn_of_views(target_relation) -%}
    {%- endif -%}
    {%- do starc_load_create(built, plan) -%}
  {%- elif in_place -%}
    {%- if drift -%}
      {%- do starc_load_alter(load.existing, drift) -%}
    {%- endif -%}
  {%- else -%}
    {%- do starc_ch_clone(load.existing, built) -%}
    {%- do adapter.cache_added(built) -%}
    {%- if drift -%}
      {%- do starc_load_alter(built, drift) -%}
    {%- endif -%}
  {%- endif -%}
  {%- if mode == 'merge' -%}
    {%- set beside = starc_load_beside(target_relation, '__dbt_new_data', plan.columns) -%}
    {%- do starc_load_bring(beside, 'all', plan.columns, moved) -%}
    {%- do starc_load_check_key(beside, plan) -%}
    {%- if not again -%}
      {%- if config.get('deletes') == 'compare' and not plan.more -%}
        {%- set keys_beside = starc_load_beside(target_relation, '__dbt_new_keys', starc_load_key_columns(plan)) -%}
        {%- do adapter.starc_load_rows(keys_beside, 'keys', starc_load_key_columns(plan)) -%}
      {%- endif -%}
      {%- do starc_ch_load_take_out(built, beside, keys_beside) -%}
    {%- endif -%}
    {%- call statement('load_latest') -%}
      insert into {{ built.render() }} ({{ starc_load_columns(plan.columns) }})
      {{ starc_load_latest(beside, plan) }}
    {%- endcall -%}
  {%- elif (load.first or plan.cursor is none) and not in_place -%}
    {%- do starc_load_bring(built, 'all', plan.columns, moved) -%}
  {%- else -%}
    {%- if plan.cursor_last is not none and not in_place -%}
      {%- do starc_load_bring(built, 'new', plan.columns, moved) -%}
    {%- endif -%}
    {%- set beside = starc_load_beside(target_relation, '__dbt_new_data', plan.columns) -%}
    {%- set came = adapter.starc_load_rows(beside, 'all' if in_place else 'edge', plan.columns) -%}
    {%- set before = starc_ch_load_count(built) -%}
    {%- do starc_load_edge(built, beside, plan) -%}
    {%- do moved.update({'rows': moved.rows + starc_ch_load_count(built) - before,
        'bytes': moved.bytes + (came.bytes if in_place else 0)}) -%}
  {%- endif -%}
  {%- do starc_load_record(target_relation, plan, moved, load.started, built) -%}
  {%- if not in_place -%}
    {%- do starc_swap_in(load.existing, built, target_relation) -%}
  {%- endif -%}
  {%- for relation in [beside, keys_beside] if relation is not none -%}
    {%- do starc_load_drop(relation) -%}
  {%- endfor -%}
{% endmacro %}

{% macro starc_ch_load_warn_of_views(target) %}
  {%- do exceptions.warn('views that inserts into ' ~ target ~ ' feed do not see the rows of this load: they come '
      ~ 'with a new table in the place of the old one. mode: append and mode: merge feed them') -%}
{% endmacro %}

{% macro starc_ch_load_count(relation) %}
  {%- call statement('load_count', fetch_result=true) -%}
    select count() from {{ relation.render() }}
  {%- endcall -%}
  {{ return(load_result('load_count').table.rows[0][0] | int) }}
{% endmacro %}

{% macro clickhouse__starc_load_has(relation) %}
  {%- set found = [] -%}
  {%- for row in starc_ch_facts(relation, "name, type, default_kind in ('MATERIALIZED', 'ALIAS', 'EPHEMERAL')",
      'system.columns', 'order by position') -%}
    {%- do found.append([row[0], row[1], row[1].startswith('Nullable('), row[2] | int == 1]) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{#- A column of a key takes no other type there but an Enum with more words. -#}
{% macro clickhouse__starc_load_alter(relation, drift) %}
  {%- set steps = [] -%}
  {%- set of_keys -%}
    and (is_in_sorting_key or is_in_primary_key or is_in_partition_key or is_in_sampling_key)
  {%- endset -%}
  {%- set keys = starc_ch_facts(relation, 'name', 'system.columns', of_keys) | map(attribute=0) | list -%}
  {%- for change in drift -%}
    {%- set type = change.type if change.kind == 'widened' else adapter.starc_load_nullable(change.type) -%}
    {%- set step -%}
      {{ 'add' if change.kind == 'added' else 'modify' }} column {{ adapter.quote(change.name) }} {{ type }}
    {%- endset -%}
    {%- if type != change.was -%}
      {%- if change.name in keys and not type.startswith('Enum') -%}
        {%- do exceptions.starc_config_error('order_by', "'" ~ change.name ~ "' is in a key of the table of '"
            ~ model.name ~ "', which cannot be " ~ type ~ ' now', hint='--full-refresh makes it anew') -%}
      {%- endif -%}
      {%- do steps.append(step) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if steps -%}
    {%- call statement('load_alter') -%}
      alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} {{ steps | join(', ') }}
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}
