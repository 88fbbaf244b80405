{#- ClickHouse: tables. A table that materialized views of the project write into is not built anew
    by a normal run: its rows are the views'. -#}

{#- [{schema, name, sql}] of the project's materialized views that write into the relation. -#}
{% macro clickhouse__get_dbt_mvs_for_target(relation) -%}
  {%- set found = [] -%}
  {%- if relation is not none and relation.mvs_pointing_to_it -%}
    {%- set ours = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model'
        and node.config.materialized == 'materialized_view' -%}
      {%- do ours.append(node.schema ~ '.' ~ node.alias) -%}
    {%- endfor -%}
    {%- for view in relation.mvs_pointing_to_it if view.schema ~ '.' ~ view.name in ours -%}
      {%- do found.append(view) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}

{% materialization table, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = make_intermediate_relation(target_relation) -%}
  {%- set views = clickhouse__get_dbt_mvs_for_target(existing) if existing is not none and existing.is_table else [] -%}
  {%- set in_place = views and not should_full_refresh() -%}
  {%- set filled_from = [] -%}
  {%- for view in views if config.get('repopulate_from_mvs_on_full_refresh')
      and not starc_ch_brings_its_rows(view, target_relation) -%}
    {%- do filled_from.append(view) -%}
  {%- endfor -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- if existing is not none and existing.is_table and existing.mvs_pointing_to_it -%}
    {%- set existing = starc_ch_clean_views(target_relation, existing) -%}
  {%- else -%}
    {%- do starc_drop_leftovers(target_relation) -%}
  {%- endif -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if in_place -%}
    {%- set wanted = config.get('mv_on_schema_change') -%}
    {%- if not wanted -%}
      {%- set wanted = 'fail' -%}
      {%- do log('Table ' ~ target_relation.name
          ~ ' is used as a target by a dbt-managed materialized view. Defaulting mv_on_schema_change to "fail" to '
          ~ 'prevent data loss.', info=true) -%}
    {%- endif -%}
    {%- set on_schema_change = incremental_validate_on_schema_change(wanted, default='ignore') -%}
    {% call statement('main') -%}
      select 1
    {%- endcall %}
    {%- if on_schema_change != 'ignore' -%}
      {%- do clickhouse__apply_column_changes(
          adapter.check_incremental_schema_changes(on_schema_change, existing, sql, materialization='table',
              query_settings=config.get('query_settings')),
          existing) -%}
    {%- endif -%}
  {%- elif filled_from -%}
    {%- do starc_ch_rebuild_from_views(existing, built, target_relation, filled_from) -%}
  {%- else -%}
    {% call statement('main') -%}
      {{ get_create_table_as_sql(false, built, sql) }}
    {%- endcall %}
    {%- do starc_ch_drop_views_of_model(existing) -%}
    {%- do starc_swap_in(existing, built, target_relation) -%}
  {%- endif -%}
  {%- do starc_finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- The table's own rows and those that each view's query gives; what the views' sources get
    meanwhile is caught beside, as it is for a materialized view with a table of its own. -#}
{% macro starc_ch_rebuild_from_views(existing, built, target, views) %}
  {%- set queries = {} -%}
  {%- for view in views -%}
    {%- do queries.update({view.name: view.sql}) -%}
  {%- endfor -%}
  {%- set state = namespace(clean=false) -%}
  {%- for try in range(3) -%}
    {%- if state.clean -%}{%- break -%}{%- endif -%}
    {%- do clickhouse__create_empty_table(false, built, sql, config.get('contract', {}).get('enforced', false)) -%}
    {%- do adapter.cache_added(built) -%}
    {%- set caught = starc_ch_catch_up(target, built, queries, [sql] + (queries.values() | list)) -%}
    {%- set state.clean = starc_ch_swap_tables(existing, built, target, caught.inserted) -%}
    {%- for view in caught.views -%}
      {%- do adapter.drop_relation(view) -%}
    {%- endfor -%}
    {%- do starc_drop_leftovers(target) -%}
  {%- endfor -%}
{% endmacro %}
