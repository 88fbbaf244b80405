{#- The layers raw, clean, mart and reports are schemas of exactly that name, not
    <target schema>_raw. A node without a layer goes to the target's own schema.
    A pull request has schemas of its own: pr_7, pr_7_raw, pr_7_clean ... -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if target.name == 'pull_request' and custom_schema_name -%}
    {{ target.schema }}_{{ custom_schema_name | trim }}
  {%- else -%}
    {{ (custom_schema_name or target.schema) | trim }}
  {%- endif -%}
{%- endmacro %}
