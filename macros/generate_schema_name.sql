{#- The layers raw, clean, mart and reports are schemas of exactly that name, not
    <target schema>_raw. A node without a layer goes to the target's own schema. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
