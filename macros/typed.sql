{#- Casts a raw column to a clean one. It goes by way of text, so it does not matter which type the
    load guessed, and empty text becomes NULL. kind: integer, bigint, money, date or text. ClickHouse
    keeps NULL only in a Nullable type, so say nullable=true where the data has gaps; without it a gap
    is an error there, and a failed not_null test on Postgres. -#}
{% macro typed(column, kind, nullable=false) -%}
  {%- if kind not in ['integer', 'bigint', 'money', 'date', 'text'] -%}
    {%- do exceptions.raise_compiler_error("typed(): no kind '" ~ kind ~ "' for column " ~ column) -%}
  {%- endif -%}
  {{ adapter.dispatch('typed')(column, kind, nullable) }}
{%- endmacro %}

{% macro default__typed(column, kind, nullable) -%}
  {%- set types = {'integer': 'integer', 'bigint': 'bigint', 'money': 'numeric(12, 2)',
                   'date': 'date', 'text': 'text'} -%}
  {%- set text = "cast(" ~ column ~ " as text)" -%}
  {%- if kind == 'date' -%}{%- set text = "substring(" ~ text ~ ", 1, 10)" -%}{%- endif -%}
  cast(nullif(trim({{ text }}), '') as {{ types[kind] }})
{%- endmacro %}

{% macro clickhouse__typed(column, kind, nullable) -%}
  {#- Date32, as some were born before 1970. -#}
  {%- set types = {'integer': 'Int32', 'bigint': 'Int64', 'money': 'Decimal(12, 2)',
                   'date': 'Date32', 'text': 'String'} -%}
  {%- set text = "cast(" ~ column ~ " as Nullable(String))" -%}
  {%- if kind == 'date' -%}{%- set text = "substring(" ~ text ~ ", 1, 10)" -%}{%- endif -%}
  {%- set type = 'Nullable(' ~ types[kind] ~ ')' if nullable else types[kind] -%}
  cast(nullif(trim({{ text }}), '') as {{ type }})
{%- endmacro %}
