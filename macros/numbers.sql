{#- An exact number with `scale` digits behind the point: no report shows what a binary fraction or a
    database's own rules of division would add. nullable as in typed(). -#}
{% macro exact(expression, scale=2, nullable=false) -%}
  {{ adapter.dispatch('exact')(expression, scale, nullable) }}
{%- endmacro %}

{% macro default__exact(expression, scale, nullable) -%}
  cast({{ expression }} as numeric(18, {{ scale }}))
{%- endmacro %}

{% macro clickhouse__exact(expression, scale, nullable) -%}
  {%- set type = 'Decimal(18, ' ~ scale ~ ')' -%}
  cast({{ expression }} as {{ 'Nullable(' ~ type ~ ')' if nullable else type }})
{%- endmacro %}

{#- a / b, rounded to `scale` digits. ClickHouse divides decimals at the scale of the first, hence the
    wide scale underneath. b must not be 0. -#}
{% macro ratio(a, b, scale=2, nullable=false) -%}
  {{ exact('round(' ~ exact(a, 8, nullable) ~ ' / ' ~ b ~ ', ' ~ scale ~ ')', scale, nullable) }}
{%- endmacro %}
