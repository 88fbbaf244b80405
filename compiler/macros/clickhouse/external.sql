{#- ClickHouse: models whose rows are files. They are written beside and moved into place, in a
    bucket at once; a view reads them. -#}

{% macro starc_ch_external_fail(said) -%}
  {%- if said.error -%}
    {%- do exceptions.starc_config_error(said.key, said.error, said.hint) -%}
  {%- endif -%}
{%- endmacro %}

{#- [name, type] of the columns of a query. -#}
{% macro starc_ch_query_types(sql) -%}
  {%- call statement('query_types', fetch_result=true) -%}
    describe table (
      {{ sql }}
    )
  {%- endcall -%}
  {%- set columns = [] -%}
  {%- for row in load_result('query_types').data -%}
    {%- do columns.append([row[0], row[1]]) -%}
  {%- endfor -%}
  {{ return(columns) }}
{%- endmacro %}

{#- What the rows are written with: the config's settings. -#}
{% macro starc_ch_external_settings(plan) -%}
  {%- set settings = [plan.settings] -%}
  {%- for name, value in (config.get('settings') or {}).items() -%}
    {%- do settings.append(name ~ ' = ' ~ (starc_ch_text(value) if value is string else (value | int if value is boolean
        else value))) -%}
  {%- endfor -%}
  settings {{ settings | join(', ') }}
{%- endmacro %}

{% materialization external, adapter='clickhouse' %}
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
  {%- set plan = adapter.starc_external(this, starc_ch_query_types(sql)) -%}
  {%- do starc_ch_external_fail(plan) -%}
  {%- if plan.replaces is false and run_query(plan.there).rows[0][0] | int -%}
    {%- do exceptions.starc_config_error('overwrite', "'" ~ plan.location ~ "' is there already",
        '`overwrite: true` or --full-refresh replaces it') -%}
  {%- endif -%}
  {% call statement('main') -%}
    insert into function {{ plan.write }}
    {% if plan.partition %}partition by {{ plan.partition }}{% endif %}
    {{ starc_ch_external_settings(plan) }}
    {{ sql }}
  {%- endcall %}
  {#- Without rows nothing is sent to a store: what was there would stay. -#}
  {%- if plan.empty and load_result('main').response.rows_affected == 0 -%}
    {% call statement('no_rows') -%}
      insert into function {{ plan.empty }} settings s3_truncate_on_insert = 1 select ''
    {%- endcall %}
  {%- endif -%}
  {%- do starc_ch_external_fail(adapter.starc_external_put(plan)) -%}

  {#- The view holds the place, the format and the columns: made again, and in one step, for other ones. -#}
  {%- set text -%}
    select * from {{ plan.read }} settings use_hive_partitioning = 0
  {%- endset -%}
  {%- set same -%}
    select count() from system.tables where database = {{ starc_ch_text(this.schema) }}
      and name = {{ starc_ch_text(this.identifier) }} and engine = 'View'
      and formatQuerySingleLine(as_select) = formatQuerySingleLine({{ starc_ch_text(text) }})
  {%- endset -%}
  {%- if not (in_place and existing and run_query(same).rows[0][0] | int) -%}
    {% call statement('view') -%}
      create {{ 'or replace ' if in_place }}view {{ built.render() }} {{ get_sql_security_clause(built) }} as {{ text }}
    {%- endcall %}
    {%- if not in_place -%}
      {%- do starc_ch_drop_views_of_model(existing) -%}
      {%- do starc_swap_in(existing, built, target_relation) -%}
    {%- endif -%}
  {%- endif -%}
  {%- do starc_finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
