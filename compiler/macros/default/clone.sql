{#- clone: what another environment built, made available here. `defer_relation` is the other one. A
    relation that is here already is left alone, unless everything is built anew. -#}

{% macro can_clone_table() %}
  {{ return(adapter.dispatch('can_clone_table', 'dbt')()) }}
{% endmacro %}
{#- Whether the database can make a second table of the same rows without copying them. -#}
{% macro default__can_clone_table() %}
  {{ return(false) }}
{% endmacro %}

{#- Text that makes `this_relation` a table with the rows of `defer_relation`. -#}
{% macro create_or_replace_clone(this_relation, defer_relation) %}
  {{ return(adapter.dispatch('create_or_replace_clone', 'dbt')(this_relation, defer_relation)) }}
{% endmacro %}
{% macro default__create_or_replace_clone(this_relation, defer_relation) %}
  create or replace table {{ this_relation.render() }} clone {{ defer_relation.render() }}
{% endmacro %}

{#- Brings a clone into place. Databases without a statement that does it at once build beside. -#}
{% macro starc_clone_table(existing, target, other) %}
  {{ return(adapter.dispatch('starc_clone_table', 'dbt')(existing, target, other)) }}
{% endmacro %}
{% macro default__starc_clone_table(existing, target, other) %}
  {%- if existing is not none and not existing.is_table -%}
    {%- do drop_relation_if_exists(existing) -%}
  {%- endif -%}
  {% call statement('main') -%}
    {{ create_or_replace_clone(target, other) }}
  {%- endcall %}
{% endmacro %}

{% materialization clone, default %}
  {%- if not defer_relation -%}
    {%- do log('No relation found in state manifest for ' ~ model.unique_id, info=true) -%}
    {{ return({'relations': []}) }}
  {%- endif -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- if existing is not none and not flags.FULL_REFRESH -%}
    {%- do log('Relation ' ~ existing ~ ' already exists', info=true) -%}
    {{ return({'relations': []}) }}
  {%- endif -%}

  {%- set other = load_cached_relation(defer_relation) -%}
  {%- if other is none -%}
    {%- do exceptions.raise_compiler_error(
        'the state manifest has ' ~ model.name ~ ' at ' ~ defer_relation.render()
            ~ ', and there is nothing of that name in the database: build it there first, or name the state of a '
            ~ 'newer run') -%}
  {%- endif -%}
  {%- if other.render() == this.render() -%}
    {%- do log('Target relation and defer relation are the same, skipping clone for relation: ' ~ this.render(),
        info=true) -%}
    {{ return({'relations': []}) }}
  {%- endif -%}

  {%- if other.is_table and can_clone_table() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do starc_clone_table(existing, target_relation, other) -%}
    {%- do apply_grants(target_relation, config.get('grants'),
        should_revoke=should_revoke(existing, full_refresh_mode=true)) -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ return({'relations': [target_relation]}) }}
  {%- endif -%}

  {#- The view materialization, as the adapter or the project has it. -#}
  {%- set name = 'materialization_view_' ~ adapter.type() -%}
  {%- set as_view = context.get(name) or context.get('materialization_view_default') -%}
  {{ return(as_view()) }}
{% endmaterialization %}
