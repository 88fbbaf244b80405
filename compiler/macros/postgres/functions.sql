{#- Postgres: arguments of functions can have defaults. -#}
{% macro postgres__formatted_scalar_function_args_sql() %}
  {%- for argument in model.arguments -%}
    {%- set default = argument.get('default_value', none) -%}
    {{ argument.name }} {{ api.Column.translate_type(argument.data_type) }}{{ ' default ' ~ default
        if default is not none }}{{ ', ' if not loop.last }}
  {%- endfor -%}
{% endmacro %}
