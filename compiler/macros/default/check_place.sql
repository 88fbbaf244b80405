{#- starc_check: its place (runtime/check/place.h). -#}

{#- Puts what the database makes in the place of a relation that only stands for it. True: it was
    one that did. config: of its node. -#}
{% macro starc_check_exact(relation, config) -%}
  {{ return(adapter.dispatch('starc_check_exact', 'dbt')(relation, config)) }}
{%- endmacro %}
{% macro default__starc_check_exact(relation, config) -%}
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
