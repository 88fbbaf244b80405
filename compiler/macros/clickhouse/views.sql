{#- ClickHouse: views. -#}

{% macro get_sql_security_clause(relation=none) -%}
  {%- set security = config.get('sql_security') -%}
  {%- if security == 'definer' -%}
    {%- if not config.require('definer') -%}
      {%- do exceptions.starc_config_error('sql_security',
          "Invalid config parameter `definer`. No value was provided. It is the user whose rights the view has") -%}
    {%- endif -%}
    definer = {{ config.get('definer') }} sql security definer
  {%- elif security == 'invoker' -%}
    sql security invoker
  {%- elif security -%}
    {%- do exceptions.starc_config_error('sql_security', "Invalid config parameter `sql_security`. Got: `" ~ security
        ~ "`, but only definer | invoker allowed.") -%}
  {%- endif -%}
{%- endmacro %}

{#- `replace`: one atomic statement in place of a view that is there. Settings stand inside the
    brackets: they are of the query, whoever reads the view. -#}
{% macro starc_ch_create_view(relation, sql, replace) -%}
  {{ config.get('sql_header') or '' }}
  create {{ 'or replace ' if replace }}view {{ relation.render() }} {{ on_cluster_clause(relation) }} {{
    get_sql_security_clause(relation) }} as (
    {{ sql }}{{ adapter.get_model_query_settings(model) }}
  )
{%- endmacro %}

{% macro clickhouse__create_view_as(relation, sql) -%}
  {%- if config.get('contract', {}).get('enforced') -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {{ starc_ch_create_view(relation, sql, false) }}
{%- endmacro %}

{% materialization view, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set in_place = existing is none or existing.is_view -%}
  {%- set built = target_relation if in_place else make_intermediate_relation(target_relation) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if config.get('contract', {}).get('enforced') -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {% call statement('main') -%}
    {{ starc_ch_create_view(built, sql, in_place) }}
  {%- endcall %}
  {%- if not in_place -%}
    {#- A table of that name: CREATE OR REPLACE would throw its rows away before the view stands. -#}
    {%- do starc_ch_drop_views_of_model(existing) -%}
    {%- do starc_swap_in(existing, built, target_relation) -%}
  {%- endif -%}
  {%- do starc_finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
