{#- A part of a date as a number. part: year, quarter, month, day or weekday (Monday is 1). -#}
{% macro date_part_of(part, date) -%}
  {{ adapter.dispatch('date_part_of')(part, date) }}
{%- endmacro %}

{% macro default__date_part_of(part, date) -%}
  cast(extract({{ 'isodow' if part == 'weekday' else part }} from {{ date }}) as integer)
{%- endmacro %}

{% macro clickhouse__date_part_of(part, date) -%}
  {%- set functions = {'year': 'toYear', 'quarter': 'toQuarter', 'month': 'toMonth',
                       'day': 'toDayOfMonth', 'weekday': 'toDayOfWeek'} -%}
  cast({{ functions[part] }}({{ date }}) as Int32)
{%- endmacro %}

{#- A date as the number YYYYMMDD: the key of dim_date. -#}
{% macro date_key(date) -%}
  {{ date_part_of('year', date) }} * 10000 + {{ date_part_of('month', date) }} * 100
  + {{ date_part_of('day', date) }}
{%- endmacro %}
