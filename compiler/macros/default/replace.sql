{#- How a new relation takes the place of an old one. Both stand beside each other until the last
    step, so a reader finds one or the other. With transactions the whole swap, the drop of the old
    one included, is one; without them the adapter's own macro has to do it in one statement. -#}

{#- Drops what an earlier run, killed in the middle, left under the names beside a relation. -#}
{% macro starc_drop_leftovers(relation) %}
  {%- do drop_relation_if_exists(load_cached_relation(make_intermediate_relation(relation))) -%}
  {%- do drop_relation_if_exists(load_cached_relation(make_backup_relation(relation, relation.type))) -%}
{% endmacro %}

{#- After a node failed: what it left beside its relation. Nothing where a transaction was rolled
    back. -#}
{% macro starc_after_failure() %}
  {{ return(adapter.dispatch('starc_after_failure', 'dbt')()) }}
{% endmacro %}
{% macro default__starc_after_failure() %}
{% endmacro %}

{#- What a relation is built as: beside the final name, which it takes when it is whole. -#}
{% macro starc_built_as(existing, target) %}
  {{ return(adapter.dispatch('starc_built_as', 'dbt')(existing, target)) }}
{% endmacro %}
{% macro default__starc_built_as(existing, target) %}
  {{ return(make_intermediate_relation(target)) }}
{% endmacro %}

{#- Whether the statement that makes a relation is all that its node does in a transaction, and so needs
    none: no hook, grant, comment or index goes with it. -#}
{% macro starc_is_all() %}
  {{ return(adapter.dispatch('starc_is_all', 'dbt')()) }}
{% endmacro %}
{% macro default__starc_is_all() %}
  {{ return(false) }}
{% endmacro %}

{#- Puts a view in the place of the view that is there in one statement, where the database can and what
    comes out is what a new view would be. Whether it did; the result is that of `main`. -#}
{% macro starc_replace_view(existing, target, sql) %}
  {{ return(adapter.dispatch('starc_replace_view', 'dbt')(existing, target, sql)) }}
{% endmacro %}
{% macro default__starc_replace_view(existing, target, sql) %}
  {{ return(false) }}
{% endmacro %}

{#- existing: what is there now, or none; built: the new one beside it; target: the name it gets. -#}
{% macro starc_swap_in(existing, built, target) %}
  {{ return(adapter.dispatch('starc_swap_in', 'dbt')(existing, built, target)) }}
{% endmacro %}

{% macro default__starc_swap_in(existing, built, target) %}
  {%- if existing is none -%}
    {%- if built.identifier != target.identifier -%}
      {%- do adapter.rename_relation(built, target) -%}
    {%- endif -%}
  {%- else -%}
    {%- set backup = make_backup_relation(target, existing.type) -%}
    {%- do adapter.rename_relation(existing, backup) -%}
    {%- do adapter.rename_relation(built, target) -%}
    {%- do adapter.drop_relation(backup) -%}
  {%- endif -%}
{% endmacro %}

{#- Keys of other tables that refer to this one, for databases that hold rows to them: taken off before
    its rows are replaced (a swap does so itself), and put back as the last step of a transaction. -#}
{% macro starc_lift_keys(relation) %}
  {{ return(adapter.dispatch('starc_lift_keys', 'dbt')(relation)) }}
{% endmacro %}
{% macro default__starc_lift_keys(relation) %}
{% endmacro %}
{% macro starc_restore_keys() %}
  {{ return(adapter.dispatch('starc_restore_keys', 'dbt')()) }}
{% endmacro %}
{% macro default__starc_restore_keys() %}
{% endmacro %}

{#- What every built relation gets while nobody sees it half done. -#}
{% macro starc_finish_relation(existing, target, full_refresh_mode=true) %}
  {%- set grants = config.get('grants') -%}
  {%- do apply_grants(target, grants, should_revoke=should_revoke(existing, full_refresh_mode)) -%}
  {%- do persist_docs(target, model) -%}
{% endmacro %}

{% macro should_full_refresh() %}
  {%- set wanted = config.get('full_refresh') -%}
  {{ return(flags.FULL_REFRESH if wanted is none else wanted) }}
{% endmacro %}

{#- Whether the queries of this run read a part of their rows only, by --empty or --sample. What such a
    query does not give is not gone. -#}
{% macro starc_reads_a_part() %}
  {{ return(flags.EMPTY or invocation_args_dict.get('sample') is not none) }}
{% endmacro %}

{#- Whether a table that is there stays as it is: a query of --empty is run to see that it can be, and
    what it gives (a count of no rows, a row of its own) is no history. `whole`: the new rows take the
    place of more than they are made of, so that those of a sample would take away the rest. -#}
{% macro starc_keeps_rows(whole=false) %}
  {%- if flags.EMPTY -%}
    {{ return(true) }}
  {%- endif -%}
  {%- if whole and starc_reads_a_part() -%}
    {%- do exceptions.warn("'" ~ model.name
        ~ "' is left as it is: the rows of --sample would take the place of all that is in their partitions. "
        ~ '--full-refresh makes it anew from the sample') -%}
    {{ return(true) }}
  {%- endif -%}
  {{ return(false) }}
{% endmacro %}

{#- The `main` of a node that keeps its rows: its text, and no row. -#}
{% macro starc_kept_as_is(text) %}
  {%- call noop_statement('main', 'SELECT 0', 'SELECT', 0) -%}
    {{ text }}
  {%- endcall -%}
{% endmacro %}

{% macro should_store_failures() %}
  {%- set wanted = config.get('store_failures') -%}
  {{ return(flags.STORE_FAILURES if wanted is none else wanted) }}
{% endmacro %}

{#- Whether this run adds to a table that is there: false while a project is parsed. -#}
{% macro is_incremental() %}
  {{ return(starc_adds_rows(['incremental'])) }}
{% endmacro %}

{#- The same, for models of these materializations. -#}
{% macro starc_adds_rows(kinds) %}
  {%- if not execute -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set existing = load_cached_relation(this) -%}
  {{ return(existing is not none and existing.type == 'table' and model.config.materialized in kinds
      and not should_full_refresh()) }}
{% endmacro %}
