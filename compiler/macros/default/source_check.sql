{#- What starc source check asks beside the columns of sources. -#}

{#- What the database calls a type that YAML names in its own words. None: it is no type there, or nobody knows. -#}
{% macro starc_check_type(type) -%}
  {{ return(adapter.dispatch('starc_check_type', 'dbt')(type)) }}
{%- endmacro %}
{% macro default__starc_check_type(type) -%}{{ return(none) }}{%- endmacro %}
