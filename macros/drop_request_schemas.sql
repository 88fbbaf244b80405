{#- Drops what the target pull_request built: the schema of its profile, as pr_7, and those of its layers, as pr_7_raw. Any other
    target is refused, so that nothing but a request's schemas can be lost. -#}
{% macro drop_request_schemas() %}
  {%- if target.name != 'pull_request' or not modules.re.match('pr_[0-9]+$', target.schema) -%}
    {{ exceptions.raise_compiler_error("only schemas of the target 'pull_request' are dropped, named pr_NUMBER, not '"
        ~ target.schema ~ "' of '" ~ target.name ~ "'") }}
  {%- endif -%}
  {%- for schema in list_schemas(target.database).columns[0].values() -%}
    {%- if schema == target.schema or schema.startswith(target.schema ~ '_') -%}
      {%- do adapter.drop_schema(api.Relation.create(database=target.database, schema=schema)) -%}
      {{ log('dropped ' ~ schema, info=true) }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}
