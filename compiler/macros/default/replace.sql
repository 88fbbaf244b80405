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

{#- existing: what is there now, or none; built: the new one beside it; target: the name it gets. -#}
{% macro starc_swap_in(existing, built, target) %}
  {{ return(adapter.dispatch('starc_swap_in', 'dbt')(existing, built, target)) }}
{% endmacro %}

{% macro default__starc_swap_in(existing, built, target) %}
  {%- if existing is none -%}
    {%- do adapter.rename_relation(built, target) -%}
  {%- else -%}
    {%- set backup = make_backup_relation(target, existing.type) -%}
    {%- do adapter.rename_relation(existing, backup) -%}
    {%- do adapter.rename_relation(built, target) -%}
    {%- do adapter.drop_relation(backup) -%}
  {%- endif -%}
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
  {{ return(existing is not none and existing.type == 'table' and model.config.materialized in kinds and not should_full_refresh()) }}
{% endmacro %}
