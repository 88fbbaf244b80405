{#- What Postgres writes in another way. -#}
{% macro postgres__current_timestamp() -%}
  now()
{%- endmacro %}
{% macro postgres__snapshot_string_as_time(timestamp) -%}
  {{ return("'" ~ timestamp ~ "'::timestamp without time zone") }}
{%- endmacro %}
{% macro postgres__snapshot_get_time() -%}
  {{ current_timestamp() }}::timestamp without time zone
{%- endmacro %}
{% macro postgres__current_timestamp_backcompat() -%}
  current_timestamp::{{ type_timestamp() }}
{%- endmacro %}
{% macro postgres__current_timestamp_in_utc_backcompat() -%}
  (current_timestamp at time zone 'utc')::{{ type_timestamp() }}
{%- endmacro %}

{% macro postgres__dateadd(datepart, interval, from_date_or_timestamp) -%}
  {{ from_date_or_timestamp }} + ((interval '1 {{ datepart }}') * ({{ interval }}))
{%- endmacro %}

{#- How many borders of that part lie between two times, as other databases count. -#}
{% macro postgres__datediff(first_date, second_date, datepart) -%}
  {%- set a = '(' ~ first_date ~ ')::date' -%}
  {%- set b = '(' ~ second_date ~ ')::date' -%}
  {%- set years = "(date_part('year', " ~ b ~ ") - date_part('year', " ~ a ~ "))" -%}
  {%- set at = '(' ~ first_date ~ ')::timestamp' -%}
  {%- set bt = '(' ~ second_date ~ ')::timestamp' -%}
  {%- if datepart == 'year' -%}
    {{ years }}
  {%- elif datepart == 'quarter' -%}
    ({{ years }} * 4 + date_part('quarter', {{ b }}) - date_part('quarter', {{ a }}))
  {%- elif datepart == 'month' -%}
    ({{ years }} * 12 + date_part('month', {{ b }}) - date_part('month', {{ a }}))
  {%- elif datepart == 'day' -%}
    ({{ b }} - {{ a }})
  {%- elif datepart == 'week' -%}
    ((date_trunc('week', {{ bt }})::date - date_trunc('week', {{ at }})::date) / 7)
  {%- elif datepart in ['hour', 'minute', 'second', 'millisecond', 'microsecond'] -%}
    {%- set seconds = {'hour': 3600, 'minute': 60, 'second': 1}.get(datepart) -%}
    {%- set part = {'millisecond': 'milliseconds', 'microsecond': 'microseconds'}.get(datepart, datepart) -%}
    {%- set gap = "extract(epoch from date_trunc('" ~ part ~ "', " ~ bt ~ ") - date_trunc('" ~ part ~ "', " ~ at ~ '))' -%}
    {%- if seconds -%}
      ({{ gap }} / {{ seconds }})::bigint
    {%- else -%}
      ({{ gap }} * {{ 1000 if datepart == 'millisecond' else 1000000 }})::bigint
    {%- endif -%}
  {%- else -%}
    {{ exceptions.raise_compiler_error("datediff(): no datepart '" ~ datepart ~ "' on Postgres; known are year, quarter, month, week, day, hour, minute, second, millisecond, microsecond") }}
  {%- endif -%}
{%- endmacro %}

{% macro postgres__last_day(date, datepart) -%}
  {%- if datepart == 'quarter' -%}
    cast({{ dateadd('day', '-1', dateadd('month', '3', date_trunc(datepart, date))) }} as date)
  {%- else -%}
    {{ default_last_day(date, datepart) }}
  {%- endif -%}
{%- endmacro %}

{% macro postgres__any_value(expression) -%}
  min({{ expression }})
{%- endmacro %}

{% macro postgres__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {%- set order = ' ' ~ order_by_clause if order_by_clause else '' -%}
  {%- if limit_num -%}
    array_to_string((array_agg({{ measure }}{{ order }}))[1:{{ limit_num }}], {{ delimiter_text }})
  {%- else -%}
    string_agg({{ measure }}, {{ delimiter_text }}{{ order }})
  {%- endif -%}
{%- endmacro %}

{% macro postgres__split_part(string_text, delimiter_text, part_number) -%}
  {%- if part_number | int < 0 -%}
    {{ _split_part_negative(string_text, delimiter_text, part_number) }}
  {%- else -%}
    {{ default__split_part(string_text, delimiter_text, part_number) }}
  {%- endif -%}
{%- endmacro %}

{#- NULL equals NULL. -#}
{% macro postgres__equals(expr1, expr2) -%}
  {{ expr1 }} is not distinct from {{ expr2 }}
{%- endmacro %}
