{#- ClickHouse: a function is a lambda, without types, and the whole server's. The body is an expression of
    the arguments; `select` before it is left out, so that one file serves other databases too. -#}
{% macro clickhouse__scalar_function_sql(target_relation) %}
  {%- do clickhouse__starc_check_function() -%}
  create or replace function {{ target_relation }} {{ on_cluster_clause(target_relation) }} as ({{
    formatted_scalar_function_args_sql() | trim }}) -> (
    {{ modules.re.sub('(?is)^(\\s|--[^\\n]*\\n)*select\\s', '', model.compiled_code) | trim | trim(';') }}
  )
{% endmacro %}

{% macro clickhouse__formatted_scalar_function_args_sql() %}
  {{- model.arguments | map(attribute='name') | join(', ') -}}
{% endmacro %}

{#- What the server would pass over without a word. -#}
{% macro clickhouse__starc_check_function() %}
  {%- if model.get('overloads') -%}
    {%- do exceptions.raise_compiler_error("the function '" ~ model.name
        ~ "' has overloads, and functions of ClickHouse have none") -%}
  {%- endif -%}
  {%- for argument in model.arguments if argument.get('default_value') is not none -%}
    {%- do exceptions.raise_compiler_error("the argument '" ~ argument.name ~ "' of the function '" ~ model.name
        ~ "' has a default_value, and functions of ClickHouse have none") -%}
  {%- endfor -%}
  {%- if config.get('grants') -%}
    {%- do exceptions.starc_config_error('grants', "the function '" ~ model.name
        ~ "' has grants, and functions of ClickHouse have none: everyone may call them") -%}
  {%- endif -%}
  {%- if model.config.get('volatility') is not none -%}
    {%- do unsupported_volatility_warning(model.config.get('volatility')) -%}
  {%- endif -%}
{% endmacro %}
