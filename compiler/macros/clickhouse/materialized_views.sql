{#- ClickHouse: materialized views. A view is fed by inserts into its source and writes into a table:
    T_mv into T, or T itself into a table of another model. T is filled beside, while views beside
    (__dbt_tmp) catch what arrives meanwhile (view_catchup.sql), and swapped in: no row is lost and
    none counted twice. -#}

{#- In a model: the view writes into the table of another one. The comment is read when it is run. -#}
{% macro materialization_target_table(target_relation) %}
-- materialization_target_table: {{ target_relation }}
{% endmacro %}

{% materialization materialized_view, adapter='clickhouse' %}
  {%- set named = modules.re.search('--\\s*materialization_target_table:\\s*(.+?)\\s*$', sql, modules.re.MULTILINE) -%}
  {{ return(clickhouse__materialized_view_with_external_target(named.group(1), sql) if named
      else clickhouse__materialized_view_standard(sql)) }}
{% endmaterialization %}

{#- {suffix: query} of the parts between "--name:begin" and "--name:end"; {mv: all} without any. -#}
{% macro clickhouse__extract_mv_views(sql) -%}
  {%- set views = {} -%}
  {%- for name in modules.re.findall('--\\s?([^:\\s]+):begin', sql) -%}
    {%- set mark = modules.re.escape(name) -%}
    {%- set part = modules.re.search('--\\s?' ~ mark ~ ':begin(.*)--\\s?' ~ mark ~ ':end', sql, modules.re.DOTALL) -%}
    {%- if not part -%}
      {%- do exceptions.raise_compiler_error('the part "--' ~ name ~ ':begin" has no "--' ~ name ~ ':end"') -%}
    {%- endif -%}
    {%- do views.update({name: part.group(1)}) -%}
  {%- endfor -%}
  {{ return(views or {'mv': sql}) }}
{%- endmacro %}

{% macro strip_identifier_quotes(ident) -%}
  {%- set text = ident | trim -%}
  {{- text[1:-1] if text | length > 1 and text[0] == text[-1] and text[0] in '`"\'' else text -}}
{%- endmacro %}

{#- The relation that "schema.table" names, in quotes or not; none when the database has none. -#}
{% macro get_relation_from_string(relation_string) -%}
  {%- set parts = modules.re.findall('`[^`]+`|"[^"]+"|[^.]+', relation_string) -%}
  {%- if parts | length != 2 -%}
    {%- do exceptions.raise_compiler_error('"' ~ relation_string ~ '" is not a table: schema.table is expected') -%}
  {%- endif -%}
  {{ return(adapter.get_relation(database='', schema=strip_identifier_quotes(parts[0]),
      identifier=strip_identifier_quotes(parts[1]))) }}
{%- endmacro %}

{#- refresh .. [randomize for ..] [depends on ..] [append], or nothing. -#}
{% macro refreshable_mv_clause() -%}
  {%- set wanted = config.get('refreshable') -%}
  {%- if wanted is not none and wanted is not false -%}
    {%- if wanted is not mapping -%}
      {%- do exceptions.starc_config_error('refreshable',
          "The 'refreshable' configuration must be defined as a dictionary: {interval, randomize, depends_on, "
          ~ "depends_on_validation, append}") -%}
    {%- elif not wanted.get('interval') -%}
      {%- do exceptions.starc_config_error('refreshable',
          "The 'refreshable' configuration is defined, but 'interval' is missing: 'every 1 hour', for example") -%}
    {%- endif -%}
    refresh {{ wanted.interval }}
    {%- if wanted.get('randomize') %} randomize for {{ wanted.randomize }}{% endif -%}
    {%- set after = wanted.get('depends_on') or [] -%}
    {%- set after = [after] if after is string else after -%}
    {%- for view in after -%}
      {%- if view is not string -%}
        {%- do exceptions.starc_config_error('refreshable',
            "The 'depends_on' configuration must be either a string or a list of strings.") -%}
      {%- elif wanted.get('depends_on_validation') -%}
        {%- do validate_refreshable_mv_existence(view) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if after %} depends on {{ after | join(', ') }}{% endif -%}
    {%- if wanted.get('append') %} append{% endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro validate_refreshable_mv_existence(mv) -%}
  {%- set parts = mv.split('.') -%}
  {%- set schema = parts[0] if parts | length == 2 else 'default' -%}
  {%- set query -%}
    select count(*) from system.view_refreshes
    where database = {{ starc_ch_text(strip_identifier_quotes(schema)) }}
    and view = {{ starc_ch_text(strip_identifier_quotes(parts[-1])) }}
  {%- endset -%}
  {%- set found = run_query(query) -%}
  {%- if found.rows[0][0] | int == 0 -%}
    {%- do exceptions.starc_config_error('refreshable', 'No existing MV found matching MV: ' ~ mv
        ~ ' (a refreshable one, that depends_on names)') -%}
  {%- endif -%}
{%- endmacro %}

{#- One statement each. -#}
{% macro clickhouse__create_mv(mv_relation, target_relation, cluster_clause, refreshable_clause, view_sql,
    is_main_statement=false) -%}
  {%- call statement('main' if is_main_statement else 'create_mv') -%}
    create materialized view if not exists {{ mv_relation.render() }} {{ cluster_clause }}
    {{ refreshable_clause }}
    to {{ target_relation.render() if target_relation is not string else target_relation }}
    as {{ view_sql }}
  {%- endcall -%}
  {%- do adapter.cache_added(mv_relation) -%}
{%- endmacro %}

{#- With --empty or --sample the query is tried, and the view goes on with the one it has: another one
    would let go by what is inserted from now on. -#}
{% macro clickhouse__modify_mv(mv_relation, cluster_clause, view_sql, is_main_statement=false) -%}
  {%- if starc_reads_a_part() -%}
    {%- do get_columns_in_query(view_sql) -%}
    {%- if is_main_statement -%}
      {{ starc_kept_as_is(view_sql) }}
    {%- endif -%}
    {{ return('') }}
  {%- endif -%}
  {%- call statement('main' if is_main_statement else 'modify_mv') -%}
    alter table {{ mv_relation.render() }} {{ cluster_clause }} modify query {{ view_sql }}
  {%- endcall -%}
{%- endmacro %}

{% macro clickhouse__drop_mv(mv_relation, cluster_clause='') -%}
  {%- do adapter.drop_relation(mv_relation.incorporate(type='materialized_view')) -%}
{%- endmacro %}

{#- What ClickHouse cannot change in a view that is there is an error that says so; the rest of the
    schedule is set anew, which does nothing where nothing changed. -#}
{% macro clickhouse__modify_mv_refresh(mv_relation, existing_relation, cluster_clause) -%}
  {%- set clause = refreshable_mv_clause() -%}
  {%- set append = clause and config.get('refreshable').get('append', false) -%}
  {%- if not clause and existing_relation.is_refreshable -%}
    {%- do exceptions.starc_config_error('refreshable', 'Materialized view "' ~ mv_relation.name
        ~ '" is refreshable, but the model does not define a "refreshable" config: '
        ~ 'If you want to change this MV to a regular MV, please run with --full-refresh.') -%}
  {%- elif clause and not existing_relation.is_refreshable -%}
    {%- do exceptions.starc_config_error('refreshable', 'Materialized view "' ~ mv_relation.name
        ~ '" is not refreshable, but the model defines a "refreshable" config: '
        ~ 'If you want to change this MV to be refreshable, please run with --full-refresh.') -%}
  {%- elif clause and append != existing_relation.refreshable_append -%}
    {%- do exceptions.starc_config_error('refreshable', 'The APPEND setting of materialized view "'
        ~ mv_relation.name ~ '" does not match the model config: '
        ~ 'If you want to change it, please run with --full-refresh.') -%}
  {%- elif clause -%}
    {%- call statement('modify_refresh') -%}
      alter table {{ mv_relation.render() }} {{ cluster_clause }} modify {{ clause }}
    {%- endcall -%}
  {%- endif -%}
{%- endmacro %}

{#- A view with a table of its own ------------------------------------------------------------- -#}

{% macro starc_ch_unfinished() %}
  {{ return('starc: not yet filled') }}
{% endmacro %}

{#- Drops what a killed run left: the views beside first, since an insert into their source fails
    when their table is gone. Gives the existing relation, none for one that was never filled. -#}
{% macro starc_ch_clean_views(target, existing) -%}
  {%- set mark = modules.re.compile(modules.re.escape(target.identifier) ~ '_.+__dbt_tmp$') -%}
  {%- for other in adapter.list_relations(database='', schema=target.schema) if other.is_materialized_view
      and mark.match(other.identifier) -%}
    {%- do adapter.drop_relation(other) -%}
  {%- endfor -%}
  {%- do starc_drop_leftovers(target) -%}
  {%- if existing is not none and existing.is_table -%}
    {%- if starc_ch_comment(existing) == starc_ch_unfinished() -%}
      {%- do starc_ch_drop_views_of_model(existing, all=true) -%}
      {%- do adapter.drop_relation(existing) -%}
      {{ return(none) }}
    {%- endif -%}
  {%- endif -%}
  {{ return(existing) }}
{%- endmacro %}

{#- The views that a materialized_view model made for its table and that are not models themselves:
    T_mv, and those that carry starc's mark. `keep`: names that stay. -#}
{% macro starc_ch_drop_views_of_model(existing, keep=[], all=false) -%}
  {%- set others = [] -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
    {%- do others.append(node.schema ~ '.' ~ node.alias) -%}
  {%- endfor -%}
  {%- if existing is not none and existing.is_table -%}
    {%- set query -%}
      select name, comment from system.tables where engine = 'MaterializedView'
      and database = {{ starc_ch_text(existing.schema) }}
      and startsWith(name, {{ starc_ch_text(existing.identifier ~ '_') }})
    {%- endset -%}
    {%- set views = run_query(query) if all or existing.mvs_pointing_to_it else none -%}
    {%- for row in views.rows if views is not none and row[0] not in keep and existing.schema ~ '.'
        ~ row[0] not in others -%}
      {%- if row[0] == existing.identifier ~ '_mv' or row[1] == starc_ch_view_mark(existing) -%}
        {%- do clickhouse__drop_mv(existing.derivative(row[0], 'materialized_view', true)) -%}
      {%- elif not all -%}
        {%- do log('Warning - Materialized View "' ~ row[0] ~ '" may write into "' ~ existing.name
            ~ '" and is not of this project: it is left alone', info=true) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro starc_ch_view_mark(target) %}
  {{ return('starc: a view of ' ~ target.identifier) }}
{% endmacro %}

{#- A view that is there gets the new query and schedule; else it is made. -#}
{% macro clickhouse__update_mv(mv_relation, target_relation, cluster_clause, refreshable_clause, view_sql) -%}
  {%- set there = load_cached_relation(mv_relation) -%}
  {%- if there is not none -%}
    {%- do clickhouse__modify_mv_refresh(mv_relation, there, cluster_clause) -%}
    {%- do clickhouse__modify_mv(mv_relation, cluster_clause, view_sql) -%}
  {%- else -%}
    {%- do clickhouse__create_mv(mv_relation, target_relation, cluster_clause, refreshable_clause, view_sql) -%}
  {%- endif -%}
{%- endmacro %}

{#- The views of a model's parts: {suffix: query}, T_suffix each. -#}
{% macro clickhouse__update_mvs(target_relation, cluster_clause, refreshable_clause, views) -%}
  {%- do starc_ch_put_views(target_relation, target_relation, cluster_clause, refreshable_clause, views) -%}
{%- endmacro %}

{#- For a table that is new: a schedule cannot become a trigger or the other way round, so such views
    are made anew; a trigger that is there goes on without a gap. -#}
{% macro clickhouse__create_mvs(target_relation, cluster_clause, refreshable_clause, views) -%}
  {%- for suffix in views -%}
    {%- set there = load_cached_relation(target_relation.derivative('_' ~ suffix, 'materialized_view')) -%}
    {%- if there is not none and (refreshable_clause or there.is_refreshable) -%}
      {%- do clickhouse__drop_mv(there, cluster_clause) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do starc_ch_put_views(target_relation, starc_ch_into(target_relation, refreshable_clause), cluster_clause,
      refreshable_clause, views) -%}
{%- endmacro %}

{#- What stands behind TO: the rows that a first refresh would append were taken already. -#}
{% macro starc_ch_into(table, refresh) -%}
  {{ return(table.render() ~ ' empty' if refresh.endswith('append') and config.get('catchup', true) is not false
      else table) }}
{%- endmacro %}

{% macro starc_ch_put_views(target, into, cluster_clause, refresh, views) -%}
  {%- for suffix, query in views.items() -%}
    {%- set view = target.derivative('_' ~ suffix, 'materialized_view') -%}
    {%- set is_new = load_cached_relation(view) is none -%}
    {%- do clickhouse__update_mv(view, into, cluster_clause, refresh, query) -%}
    {%- if is_new and suffix != 'mv' -%}
      {%- set text -%}
        alter table {{ view.render() }} {{ cluster_clause }}
        modify comment {{ starc_ch_text(starc_ch_view_mark(target)) }}
      {%- endset -%}
      {%- do run_query(text) -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{% macro clickhouse__drop_mvs_by_names(target_relation, cluster_clause, mvs_names) -%}
  {%- for name in mvs_names -%}
    {%- do clickhouse__drop_mv(target_relation.derivative(name, 'materialized_view', true), cluster_clause) -%}
  {%- endfor -%}
{%- endmacro %}

{% macro clickhouse__drop_mvs_by_suffixes(target_relation, cluster_clause, views_suffixes) -%}
  {%- for suffix in views_suffixes -%}
    {%- do clickhouse__drop_mv(target_relation.derivative('_' ~ suffix, 'materialized_view'), cluster_clause) -%}
  {%- endfor -%}
{%- endmacro %}

{#- (names of the views that write into a table, names of those that a model with these parts has). -#}
{% macro clickhouse__search_associated_mvs_to_target(relation_schema, relation_name, mv_suffixes) -%}
  {%- set expected = [] -%}
  {%- for suffix in mv_suffixes -%}
    {%- do expected.append(relation_name ~ '_' ~ suffix) -%}
  {%- endfor -%}
  {%- set table = adapter.get_relation(database='', schema=relation_schema, identifier=relation_name) -%}
  {%- set found = [] -%}
  {%- for view in (table.mvs_pointing_to_it if table is not none else []) -%}
    {%- do found.append(view.name) -%}
  {%- endfor -%}
  {{ return((found, expected)) }}
{%- endmacro %}

{#- Of a table that is no materialized_view model's any more. -#}
{% macro clickhouse__drop_associated_mv_if_it_was_automatically_created(target_relation) -%}
  {%- do starc_ch_drop_views_of_model(load_cached_relation(target_relation)) -%}
{%- endmacro %}

{#- The table of a view, with what its query gives now or empty. -#}
{% macro clickhouse__create_target_table(relation, sql, catchup=true) -%}
  {%- do clickhouse__create_empty_table(false, relation, sql, config.get('contract', {}).get('enforced', false),
      'create_table_empty' if catchup else 'main') -%}
  {%- do adapter.cache_added(relation) -%}
  {%- if catchup -%}
    {% call statement('main') -%}
      {{ clickhouse__insert_into(relation, sql) }}
    {%- endcall %}
  {%- endif -%}
{%- endmacro %}

{#- The whole of a materialized view under a name that is free, and in the place of one that is there. -#}
{% macro clickhouse__get_create_materialized_view_as_sql(relation, sql, views, catchup=true) -%}
  {%- do starc_ch_fill_view_table(relation, none, sql, views, catchup) -%}
{%- endmacro %}
{% macro clickhouse__replace_mv(target_relation, existing_relation, intermediate_relation, backup_relation, sql,
    views, catchup=true) -%}
  {%- do starc_ch_fill_view_table(target_relation, existing_relation, sql, views, catchup) -%}
{%- endmacro %}

{% macro clickhouse__materialized_view_standard(sql) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set views = clickhouse__extract_mv_views(sql) -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set refresh = refreshable_mv_clause() -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- set existing = starc_ch_clean_views(target_relation, existing) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set catchup = config.get('catchup', true) is not false -%}
  {%- if existing is none -%}
    {%- do clickhouse__get_create_materialized_view_as_sql(target_relation, sql, views, catchup) -%}
  {%- elif not existing.is_table or should_full_refresh() -%}
    {%- do clickhouse__replace_mv(target_relation, existing, none, none, sql, views, catchup) -%}
  {%- else -%}
    {% call statement('main') -%}
      select 1
    {%- endcall %}
    {%- if on_schema_change != 'ignore' -%}
      {%- do clickhouse__apply_column_changes(
          adapter.check_incremental_schema_changes(on_schema_change, existing, sql,
          materialization='materialized view', query_settings=config.get('query_settings')),
          existing) -%}
    {%- endif -%}
    {%- do clickhouse__update_mvs(target_relation, on_cluster_clause(target_relation), refresh, views) -%}
  {%- endif -%}
  {%- set names = [] -%}
  {%- set made = [target_relation] -%}
  {%- for suffix in views -%}
    {%- do made.append(target_relation.derivative('_' ~ suffix, 'materialized_view')) -%}
    {%- do names.append(target_relation.identifier ~ '_' ~ suffix) -%}
  {%- endfor -%}
  {%- if existing is not none -%}
    {%- do starc_ch_drop_views_of_model(existing, keep=names) -%}
  {%- endif -%}

  {%- do starc_finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': made}) }}
{%- endmacro %}

{#- Builds the table beside, swaps it in and lets the views write into it. An insert that met the swap
    halfway may have gone into one table twice: then all is done again. -#}
{% macro starc_ch_fill_view_table(target, existing, sql, views, catchup) -%}
  {%- set state = namespace(existing=existing, clean=false) -%}
  {%- for try in range(3) -%}
    {%- if state.clean -%}{%- break -%}{%- endif -%}
    {%- set state.clean = starc_ch_fill_once(target, state.existing, sql, views, catchup) -%}
    {%- set state.existing = load_cached_relation(target) -%}
  {%- endfor -%}
  {%- if not state.clean -%}
    {%- do exceptions.warn(target ~ ': an insert met each swap halfway, so rows that arrived at that moment may be '
        ~ 'missing or there twice') -%}
  {%- endif -%}
{%- endmacro %}

{#- Gives whether no insert met the swap. -#}
{% macro starc_ch_fill_once(target, existing, sql, views, catchup) -%}
  {%- set built = make_intermediate_relation(target) -%}
  {%- set refresh = refreshable_mv_clause() -%}
  {%- set cluster_clause = on_cluster_clause(target) -%}
  {%- set catches = catchup and not refresh -%}
  {%- set anew = existing is none and catches -%}
  {%- do clickhouse__create_target_table(built, sql, catchup and not catches) -%}
  {%- set caught = starc_ch_catch_up(target, built, views, [sql]) if catches else none -%}
  {%- if anew -%}
    {#- The views need the table's name before it has rows: it stands empty, marked, until the swap. -#}
    {%- set query -%}
      create table {{ target.render() }} {{ cluster_clause }}
      as {{ built.render() }} comment {{ starc_ch_text(starc_ch_unfinished()) }}
    {%- endset -%}
    {%- do run_query(query) -%}
    {%- do adapter.cache_added(target) -%}
    {%- do clickhouse__create_mvs(target, cluster_clause, '', views) -%}
  {%- endif -%}
  {%- set clean = true -%}
  {%- if caught -%}
    {%- set clean = starc_ch_swap_tables(existing or target, built, target, caught.inserted) -%}
  {%- else -%}
    {%- do starc_swap_in(existing, built, target) -%}
  {%- endif -%}
  {%- if not anew -%}
    {%- do clickhouse__create_mvs(target, cluster_clause, refresh, views) -%}
  {%- endif -%}
  {%- if caught -%}
    {%- for view in caught.views -%}
      {%- do adapter.drop_relation(view) -%}
    {%- endfor -%}
    {%- do starc_drop_leftovers(target) -%}
  {%- endif -%}
  {{ return(clean) }}
{%- endmacro %}

{#- The names change places; both tables stay, since views write into both. Gives whether each
    insert meanwhile went once into each: as many blocks came to the one as to the other. An insert that
    found its tables by then may not have written yet: a look when none into `inserted` is under way
    is sure, and where they never pause the last one counts. -#}
{% macro starc_ch_swap_tables(existing, built, target, inserted) -%}
  {%- set before = starc_ch_last_blocks(target, built) -%}
  {%- if existing.can_exchange or adapter.can_exchange(target.schema, 'table') -%}
    {%- do exchange_tables_atomic(built, target) -%}
  {%- else -%}
    {%- set aside = make_backup_relation(target, existing.type) -%}
    {%- call statement('swap_by_renames') -%}
      rename table {{ existing.render() }} to {{ aside.render() }}, {{ built.render() }}
        to {{ target.render() }}, {{ aside.render() }} to {{ built.render() }} {{ on_cluster_clause(target) }}
    {%- endcall -%}
  {%- endif -%}
  {%- do adapter.cache_added(target) -%}
  {%- do adapter.cache_added(built.incorporate(type=existing.type)) -%}
  {%- set state = namespace(clean=false, sure=false) -%}
  {%- for look in range(50) -%}
    {%- if state.sure -%}{%- break -%}{%- endif -%}
    {%- set quiet = starc_ch_inserts_now(inserted) == 0 -%}
    {%- set after = starc_ch_last_blocks(target, built) -%}
    {%- set state.clean = after[0] - before[1] == after[1] - before[0] -%}
    {%- set state.sure = state.clean and quiet -%}
  {%- endfor -%}
  {{ return(state.clean) }}
{%- endmacro %}

{#- [highest block of the one table, of the other]. -#}
{% macro starc_ch_last_blocks(one, other) -%}
  {%- set query -%}
    select maxIf(max_block_number, table = {{ starc_ch_text(one.identifier) }}),
      maxIf(max_block_number, table = {{ starc_ch_text(other.identifier) }})
    from system.parts where active and database = {{ starc_ch_text(one.schema) }}
    and table in ({{ starc_ch_text(one.identifier) }}, {{ starc_ch_text(other.identifier) }})
  {%- endset -%}
  {%- set row = run_query(query).rows[0] -%}
  {{ return([row[0] | int, row[1] | int]) }}
{%- endmacro %}

{#- A view into the table of another model ------------------------------------------------------ -#}

{#- "schema.table" that a view of system.tables writes into, as SQL. -#}
{% macro starc_ch_written_table() -%}
  replaceAll(extract(create_table_query, '\\sTO\\s+((`[^`]+`|[^\\s.`(]+)[.](`[^`]+`|[^\\s.`(]+))'), '`', '')
{%- endmacro %}

{#- "schema.table" that a view writes into now. -#}
{% macro clickhouse__get_mv_current_target(mv_relation) -%}
  {{ return(starc_ch_facts(mv_relation, starc_ch_written_table())[0][0]) }}
{%- endmacro %}

{% macro clickhouse__materialized_view_with_external_target(materialization_target_table, sql) -%}
  {%- set view = this.incorporate(type='materialized_view') -%}
  {%- set table = get_relation_from_string(materialization_target_table) -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set cluster_clause = on_cluster_clause(view) -%}
  {%- set refresh = refreshable_mv_clause() -%}
  {%- if table is none -%}
    {%- do exceptions.raise_compiler_error('Target table ' ~ materialization_target_table
        ~ ' not found in cache: build the model of that table first') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if existing is not none and existing.is_materialized_view and not should_full_refresh() -%}
    {%- set now = clickhouse__get_mv_current_target(view) -%}
    {%- if now != table.schema ~ '.' ~ table.identifier -%}
      {%- do exceptions.raise_compiler_error('Target table mismatch for MV "' ~ view.name ~ '": Current target is "'
          ~ now ~ '", but model references "'
          ~ table.schema ~ '.' ~ table.identifier
          ~ '". ClickHouse cannot change where a view writes: Use --full-refresh to recreate the MV') -%}
    {%- endif -%}
    {%- do clickhouse__modify_mv_refresh(view, existing, cluster_clause) -%}
    {%- do clickhouse__modify_mv(view, cluster_clause, sql, is_main_statement=true) -%}
  {%- elif starc_ch_has_its_rows(table, view, existing, refresh) -%}
    {%- set query = starc_ch_view_query(view) -%}
    {%- do clickhouse__modify_mv(view, cluster_clause, sql, is_main_statement=true) -%}
    {%- if starc_ch_view_query(view) != query -%}
      {%- do exceptions.warn(view ~ ' has another query now, and ' ~ table
          ~ ' took the rows from before by the earlier one (repopulate_from_mvs_on_full_refresh): '
          ~ 'run the table once more with --full-refresh') -%}
    {%- endif -%}
  {%- else -%}
    {%- do starc_ch_create_view_into(view, table, existing, refresh) -%}
  {%- endif -%}

  {%- do starc_finish_relation(existing, view) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [view]}) }}
{%- endmacro %}

{% macro starc_ch_view_query(view) -%}
  {{ return(starc_ch_facts(view, 'as_select')[0][0]) }}
{%- endmacro %}

{#- Whether a view into the table of another model brings its rows from before itself in this run, and the
    table leaves them to it: something that the view reads is built too, maybe after the table. -#}
{% macro starc_ch_brings_its_rows(view, table) -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.alias == view.name
      and node.schema == view.schema -%}
    {{ return(node.unique_id in selected_resources and node.config.get('catchup', true) is not false
        and starc_ch_built_above(node, table, {})) }}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{#- Whether a node above this one is among those of the run, the table and what is above it aside.
    `seen`: the ids that were looked at. -#}
{% macro starc_ch_built_above(node, table, seen) -%}
  {%- for id in node.depends_on.nodes if id in graph.nodes and id not in seen -%}
    {%- do seen.update({id: true}) -%}
    {%- set above = graph.nodes[id] -%}
    {%- if (above.alias != table.identifier or above.schema != table.schema)
        and (id in selected_resources or starc_ch_built_above(above, table, seen)) -%}
      {{ return(true) }}
    {%- endif -%}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{#- Whether the table took in this run what the view's query gives (repopulate_from_mvs_on_full_refresh).
    The view has fed it since: made anew it would bring these rows a second time. -#}
{% macro starc_ch_has_its_rows(table, view, existing, refresh) -%}
  {%- if existing is none or not existing.is_materialized_view or existing.is_refreshable or refresh
      or clickhouse__get_mv_current_target(view) != table.schema ~ '.' ~ table.identifier -%}
    {{ return(false) }}
  {%- endif -%}
  {%- if starc_ch_brings_its_rows(view, table) -%}
    {{ return(false) }}
  {%- endif -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.alias == table.identifier
      and node.schema == table.schema -%}
    {{ return(flags.FULL_REFRESH and node.config.get('repopulate_from_mvs_on_full_refresh', false) is true
        and node.config.get('full_refresh') is not false and node.unique_id in selected_resources) }}
  {%- endfor -%}
  {{ return(false) }}
{%- endmacro %}

{% macro starc_ch_watch_into(work) -%}
  {%- do clickhouse__create_mv(work.view, starc_ch_into(work.table, work.refresh), on_cluster_clause(work.view),
      work.refresh, sql, is_main_statement=true) -%}
{%- endmacro %}
{% macro starc_ch_unwatch_into(work) -%}
  {%- do adapter.drop_relation(work.view) -%}
{%- endmacro %}

{#- Creates the view and adds the rows that came before it. Its table has other rows too and cannot be
    swapped: a moment without inserts is looked for while the view has written nothing yet. -#}
{% macro starc_ch_create_view_into(view, table, existing, refresh) -%}
  {%- set cluster_clause = on_cluster_clause(view) -%}
  {%- set catchup = config.get('catchup', true) is not false -%}
  {%- if existing is not none -%}
    {%- do adapter.drop_relation(existing) -%}
  {%- endif -%}
  {%- set work = {'view': view, 'table': table, 'refresh': refresh, 'beside': [view],
      'written': [[table.schema, table.identifier]], 'watch': starc_ch_watch_into, 'unwatch': starc_ch_unwatch_into} -%}
  {%- set caught = {} -%}
  {%- if refresh or not catchup -%}
    {%- do starc_ch_watch_into(work) -%}
  {%- else -%}
    {%- do caught.update(adapter.starc_catch_up(work)) -%}
  {%- endif -%}
  {%- if catchup -%}
    {%- set columns = get_quoted_csv(clickhouse__get_columns_in_query(sql)) -%}
    {%- call statement('catchup') -%}
      insert into {{ table.render() }} ({{ columns }})
      select {{ columns }} from (
        {{ sql }}
      )
      {{ starc_ch_settings_with(caught.cut) }}
    {%- endcall -%}
  {%- endif -%}
{%- endmacro %}
