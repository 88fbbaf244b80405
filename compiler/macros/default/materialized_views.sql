{#- Materialized views: created, replaced, changed in place or refreshed, by what is there already and
    by what its configuration says now. All of it is one transaction where the database has them. -#}

{% materialization materialized_view, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type=this.MaterializedView) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(target_relation,
      existing_relation.type if existing_relation is not none else target_relation.MaterializedView) -%}

  {{ materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) }}
  {%- set build_sql = materialized_view_get_build_sql(existing_relation, target_relation, backup_relation,
      intermediate_relation) -%}
  {%- if build_sql | trim == '' -%}
    {{ materialized_view_execute_no_op(target_relation) }}
  {%- else -%}
    {{ materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) }}
  {%- endif -%}
  {{ materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- What a killed run left under the two names beside it goes first. -#}
{% macro materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) %}
  {%- do drop_relation_if_exists(load_cached_relation(backup_relation)) -%}
  {%- do drop_relation_if_exists(load_cached_relation(intermediate_relation)) -%}
  {{ run_hooks(pre_hooks, inside_transaction=false) }}
{% endmacro %}

{% macro materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) %}
  {%- do drop_relation_if_exists(load_cached_relation(backup_relation)) -%}
  {%- do drop_relation_if_exists(load_cached_relation(intermediate_relation)) -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
{% endmacro %}

{#- The statements to run; '' where nothing is to be done. -#}
{% macro materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) %}
  {%- if existing_relation is none -%}
    {{ return(get_create_materialized_view_as_sql(target_relation, sql)) }}
  {%- elif should_full_refresh() or not existing_relation.is_materialized_view -%}
    {{ return(starc_materialized_view_build_beside(existing_relation, intermediate_relation)) }}
  {%- endif -%}
  {%- set changes = get_materialized_view_configuration_changes(existing_relation, config) -%}
  {%- if changes is none -%}
    {{ return(refresh_materialized_view(target_relation)) }}
  {%- endif -%}
  {%- set on_change = config.get('on_configuration_change') -%}
  {%- set told = 'Configuration changes were identified and `on_configuration_change` was set to `' ~ on_change
      ~ '` for `' ~ target_relation.render() ~ '`' -%}
  {%- if on_change == 'apply' and changes.requires_full_refresh -%}
    {{ return(starc_materialized_view_build_beside(existing_relation, intermediate_relation)) }}
  {%- elif on_change == 'apply' -%}
    {{ return(get_alter_materialized_view_as_sql(
        target_relation, changes, sql, existing_relation, backup_relation, intermediate_relation)) }}
  {%- elif on_change == 'continue' -%}
    {%- do exceptions.warn(told) -%}
    {{ return('') }}
  {%- elif on_change == 'fail' -%}
    {%- do exceptions.raise_fail_fast_error(told) -%}
  {%- endif -%}
  {%- do exceptions.starc_config_error('on_configuration_change',
      "on_configuration_change is apply, continue or fail, not '" ~ on_change ~ "'") -%}
{% endmacro %}

{#- The new view under the name beside it; it is swapped in once it is there. -#}
{% macro starc_materialized_view_build_beside(existing_relation, intermediate_relation) %}
  {{- log('Applying REPLACE to: ' ~ existing_relation) -}}
  {%- do config.set('starc_built_beside', intermediate_relation) -%}
  {{ return(get_create_materialized_view_as_sql(intermediate_relation, sql)) }}
{% endmacro %}

{% macro materialized_view_execute_no_op(target_relation) %}
  {%- do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') -%}
{% endmacro %}

{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}
  {% call statement('main') -%}
    {{ build_sql }}
  {%- endcall %}
  {%- if config.get('starc_built_beside') -%}
    {%- do starc_swap_in(existing_relation, config.get('starc_built_beside'), target_relation) -%}
  {%- endif -%}
  {%- do starc_finish_relation(existing_relation, target_relation, full_refresh_mode=false) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do starc_restore_keys() -%}
  {%- do adapter.commit() -%}
{% endmacro %}

{#- --- statements: each database has its own -#}

{% macro starc_no_materialized_views(what) %}
  {%- do exceptions.raise_compiler_error('`' ~ what ~ '` has not been implemented for this adapter: '
      ~ adapter.type() ~ ' has no materialized views of this kind') -%}
{% endmacro %}

{% macro get_create_materialized_view_as_sql(relation, sql) -%}
  {{- adapter.dispatch('get_create_materialized_view_as_sql', 'dbt')(relation, sql) -}}
{%- endmacro %}
{% macro default__get_create_materialized_view_as_sql(relation, sql) -%}
  {{ starc_no_materialized_views('get_create_materialized_view_as_sql') }}
{%- endmacro %}

{% macro refresh_materialized_view(relation) %}
  {{- log('Applying REFRESH to: ' ~ relation) -}}
  {{- adapter.dispatch('refresh_materialized_view', 'dbt')(relation) -}}
{% endmacro %}
{% macro default__refresh_materialized_view(relation) %}
  {{ starc_no_materialized_views('refresh_materialized_view') }}
{% endmacro %}

{#- What the configuration has that the view has not: a dict, or none. -#}
{% macro get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {{- log('Determining configuration changes on: ' ~ existing_relation) -}}
  {%- do return(adapter.dispatch('get_materialized_view_configuration_changes', 'dbt')(existing_relation,
      new_config)) -%}
{% endmacro %}
{% macro default__get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {{ starc_no_materialized_views('get_materialized_view_configuration_changes') }}
{% endmacro %}

{% macro get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation, backup_relation,
    intermediate_relation) %}
  {{- log('Applying ALTER to: ' ~ relation) -}}
  {{- adapter.dispatch('get_alter_materialized_view_as_sql', 'dbt')(
      relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) -}}
{% endmacro %}
{% macro default__get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation,
    backup_relation, intermediate_relation) %}
  {{ starc_no_materialized_views('get_alter_materialized_view_as_sql') }}
{% endmacro %}

{% macro get_replace_materialized_view_sql(relation, sql) %}
  {{- adapter.dispatch('get_replace_materialized_view_sql', 'dbt')(relation, sql) -}}
{% endmacro %}
{% macro default__get_replace_materialized_view_sql(relation, sql) %}
  {{ starc_no_materialized_views('get_replace_materialized_view_sql') }}
{% endmacro %}
