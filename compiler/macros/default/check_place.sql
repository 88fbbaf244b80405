{#- starc_check: its place (runtime/check/place.h). -#}

{#- Puts what a build makes in the place of relations that only stand for it. True: one of them did. Each is
    [relation, config of its node, text]: with a text it is a view, behind what it reads, which is made anew where
    one before it is now another. -#}
{% macro starc_check_exact(relations) -%}
  {{ return(adapter.dispatch('starc_check_exact', 'dbt')(relations)) }}
{%- endmacro %}
{% macro default__starc_check_exact(relations) -%}
  {{ return(false) }}
{%- endmacro %}

{#- Drops what was made of a node, whatever it is. -#}
{% macro starc_check_drop(relation) -%}
  {%- set found = load_cached_relation(relation) -%}
  {%- if found is not none -%}
    {%- do adapter.drop_relation(found) -%}
  {%- endif -%}
{%- endmacro %}

{#- Takes away what a node made before it was refused, where its transaction did not. -#}
{% macro starc_check_undo(relation) -%}
  {{ return(adapter.dispatch('starc_check_undo', 'dbt')(relation)) }}
{%- endmacro %}
{% macro default__starc_check_undo(relation) -%}
{%- endmacro %}
