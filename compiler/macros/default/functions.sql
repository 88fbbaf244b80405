{#- Functions of the database, made from function nodes: model.arguments, model.returns and the config
    `volatility` say what stands in front of the body. -#}

{% materialization function, default, supported_languages=['sql', 'python', 'javascript'] %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='function') -%}
  {%- set text_macro = this.get_function_macro_name(this.get_function_config(model)) -%}
  {%- set find = adapter.dispatch -%}

  {{ run_hooks(pre_hooks) }}
  {{ function_execute_build_sql(find(text_macro, 'dbt')(target_relation), existing_relation, target_relation) }}
  {#- Overloads are made as the function is, each with its own arguments and body. -#}
  {%- set returns = model.get('returns') -%}
  {%- for overload in model.get('overloads') or [] -%}
    {%- do model.update({'arguments': overload.arguments, 'returns': overload.returns or returns,
        'compiled_code': render(overload.raw_body)}) -%}
    {{ function_execute_build_sql(find(text_macro, 'dbt')(target_relation), existing_relation, target_relation) }}
  {%- endfor -%}
  {{ run_hooks(post_hooks) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {{ return(adapter.dispatch('function_execute_build_sql', 'dbt')(build_sql, existing_relation, target_relation)) }}
{% endmacro %}
{% macro default__function_execute_build_sql(build_sql, existing_relation, target_relation) %}
  {%- call statement('main') -%}
    {{ build_sql }}
  {%- endcall -%}
  {#- What is replaced keeps its grants. -#}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=existing_relation is not none) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do adapter.commit() -%}
{% endmacro %}

{#- Scalar functions in SQL. -#}
{% macro scalar_function_sql(target_relation) %}
  {{ return(adapter.dispatch('scalar_function_sql', 'dbt')(target_relation)) }}
{% endmacro %}
{% macro default__scalar_function_sql(target_relation) %}
  {{ scalar_function_create_replace_signature_sql(target_relation) }}
  {{ scalar_function_body_sql() }};
{% endmacro %}

{% macro scalar_function_create_replace_signature_sql(target_relation) %}
  {{ return(adapter.dispatch('scalar_function_create_replace_signature_sql', 'dbt')(target_relation)) }}
{% endmacro %}
{% macro default__scalar_function_create_replace_signature_sql(target_relation) %}
  create or replace function {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() | trim }})
  returns {{ api.Column.translate_type(model.returns.data_type) }}
  {{ scalar_function_volatility_sql() | trim }}
  as
{% endmacro %}

{% macro formatted_scalar_function_args_sql() %}
  {{ return(adapter.dispatch('formatted_scalar_function_args_sql', 'dbt')()) }}
{% endmacro %}
{% macro default__formatted_scalar_function_args_sql() %}
  {%- for argument in model.arguments -%}
    {{ argument.name }} {{ api.Column.translate_type(argument.data_type) }}{{ ', ' if not loop.last }}
  {%- endfor -%}
{% endmacro %}

{% macro scalar_function_body_sql() %}
  {{ return(adapter.dispatch('scalar_function_body_sql', 'dbt')()) }}
{% endmacro %}
{% macro default__scalar_function_body_sql() %}
  $$
    {{ model.compiled_code }}
  $$ language sql
{% endmacro %}

{% macro scalar_function_volatility_sql() %}
  {{ return(adapter.dispatch('scalar_function_volatility_sql', 'dbt')()) }}
{% endmacro %}
{% macro default__scalar_function_volatility_sql() %}
  {%- set wanted = model.config.get('volatility') -%}
  {%- set words = {'deterministic': 'immutable', 'stable': 'stable', 'non-deterministic': 'volatile'} -%}
  {%- if wanted in words -%}
    {{ words[wanted] }}
  {%- elif wanted is not none -%}
    {%- do unsupported_volatility_warning(wanted) -%}
  {%- endif -%}
{% endmacro %}

{% macro unsupported_volatility_warning(volatility) %}
  {{ return(adapter.dispatch('unsupported_volatility_warning', 'dbt')(volatility)) }}
{% endmacro %}
{% macro default__unsupported_volatility_warning(volatility) %}
  {%- do exceptions.warn("the function '" ~ model.name ~ "' asks for the volatility '" ~ volatility ~ "', which "
      ~ adapter.type() ~ ' does not have: it is left out') -%}
{% endmacro %}

{#- Scalar functions in JavaScript: for adapters that have them. -#}
{% macro formatted_scalar_function_args_javascript() %}
  {{ return(adapter.dispatch('formatted_scalar_function_args_javascript', 'dbt')()) }}
{% endmacro %}
{% macro default__formatted_scalar_function_args_javascript() %}
  {%- do exceptions.raise_compiler_error(adapter.type() ~ ' has no functions in JavaScript') -%}
{% endmacro %}

{% macro scalar_function_volatility_javascript() %}
  {{ return(adapter.dispatch('scalar_function_volatility_javascript', 'dbt')()) }}
{% endmacro %}
{% macro default__scalar_function_volatility_javascript() %}
  {%- if model.config.get('volatility') is not none -%}
    {%- do exceptions.warn('functions in JavaScript have no volatility on ' ~ adapter.type() ~ ': it is left out') -%}
  {%- endif -%}
{% endmacro %}

{#- Aggregate functions. -#}
{% macro get_aggregate_function_create_replace_signature(target_relation) %}
  {{ return(adapter.dispatch('get_aggregate_function_create_replace_signature', 'dbt')(target_relation)) }}
{% endmacro %}
{% macro default__get_aggregate_function_create_replace_signature(target_relation) %}
  create or replace aggregate function {{
    target_relation.render() }} ({{ get_formatted_aggregate_function_args() | trim }})
  returns {{ api.Column.translate_type(model.returns.data_type) }}
  {{ get_function_language_specifier() | trim }}
  {{ get_aggregate_function_volatility_specifier() | trim }}
  {{ get_function_python_options() if model.get('language') == 'python' }}
  as
{% endmacro %}

{% macro get_formatted_aggregate_function_args() %}
  {{ return(adapter.dispatch('get_formatted_aggregate_function_args', 'dbt')()) }}
{% endmacro %}
{% macro default__get_formatted_aggregate_function_args() %}
  {{ formatted_scalar_function_args_sql() }}
{% endmacro %}

{% macro get_function_language_specifier() %}
  {{ return(adapter.dispatch('get_function_language_specifier', 'dbt')()) }}
{% endmacro %}
{% macro default__get_function_language_specifier() %}
  {%- set language = model.get('language') or 'sql' -%}
  {%- if language != 'sql' -%}
    language {{ 'js' if language == 'javascript' else language }}
  {%- endif -%}
{% endmacro %}

{% macro get_aggregate_function_volatility_specifier() %}
  {{ return(adapter.dispatch('get_aggregate_function_volatility_specifier', 'dbt')()) }}
{% endmacro %}
{% macro default__get_aggregate_function_volatility_specifier() %}
  {{ scalar_function_volatility_sql() }}
{% endmacro %}

{% macro get_function_python_options() %}
  {{ return(adapter.dispatch('get_function_python_options', 'dbt')()) }}
{% endmacro %}
{% macro default__get_function_python_options() %}
  runtime_version = '{{ model.config.get('runtime_version') }}'
  handler = '{{ model.config.get('entry_point') }}'
  {%- if model.config.get('packages') %}
  packages = ('{{ model.config.get('packages') | join("','") }}')
  {%- endif %}
{% endmacro %}
