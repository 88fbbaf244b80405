{#- What Postgres writes in another way. -#}
{% macro postgres__current_timestamp() -%}
  now()
{%- endmacro %}
{% macro postgres__snapshot_string_as_time(timestamp) -%}
  {%- set text %}'{{ timestamp }}'::timestamp without time zone{% endset -%}
  {{ return(text) }}
{%- endmacro %}
{% macro postgres__snapshot_get_time() -%}
  {{ current_timestamp() }}::timestamp without time zone
{%- endmacro %}
{% macro postgres__current_timestamp_backcompat() %}
  {%- set text %}
    current_timestamp::{{ type_timestamp() }}
{% endset -%}
  {{ return(text) }}
{% endmacro %}
{% macro postgres__current_timestamp_in_utc_backcompat() %}
  {%- set text %}
    (current_timestamp at time zone 'utc')::{{ type_timestamp() }}
{% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro postgres__dateadd(datepart, interval, from_date_or_timestamp) %}
  {%- set text %}

    {{ from_date_or_timestamp }} + ((interval '1 {{ datepart }}') * ({{ interval }}))

{% endset -%}
  {{ return(text) }}
{% endmacro %}

{#- How many borders of that part lie between two times: weeks begin on Sunday, and each finer part is
    counted from the coarser one. -#}
{% macro postgres__datediff(first_date, second_date, datepart) %}
  {%- set finer = {'quarter': ['year', 4], 'month': ['year', 12], 'week': ['day', 7], 'hour': ['day', 24],
      'minute': ['hour', 60],
      'second': ['minute', 60], 'millisecond': ['minute', 60000], 'microsecond': ['minute', 60000000]} -%}
  {%- set type = 'date' if datepart in ['year', 'quarter', 'month', 'day'] else 'timestamp' -%}
  {%- set first = '(' ~ first_date ~ ')::' ~ type -%}
  {%- set second = '(' ~ second_date ~ ')::' ~ type -%}
  {%- if datepart == 'year' -%}
    {%- set text %}(date_part('year', {{ second }}) - date_part('year', {{ first }})){% endset -%}
  {%- elif datepart == 'day' -%}
    {%- set text = '(' ~ second ~ ' - ' ~ first ~ ')' -%}
  {%- elif datepart == 'week' -%}
    {%- set order %}case when {{ first_date }} <= {{ second_date }} then {% endset -%}
    {%- set text %}({{ datediff(first_date, second_date, 'day') }} / 7 + case
            when date_part('dow', {{ first }}) <= date_part('dow', {{ second }}) then
                {{ order }}0 else -1 end
            else
                {{ order }}1 else 0 end
        end){% endset -%}
  {%- elif datepart in finer -%}
    {%- set whole = ['floor(', ')'] if datepart in ['second', 'millisecond', 'microsecond'] else ['', ''] -%}
    {%- set part %}{{ whole[0] }}date_part('{{ datepart }}', %s){{ whole[1] }}{% endset -%}
    {%- set text = '(' ~ datediff(first_date, second_date, finer[datepart][0]) ~ ' * ' ~ finer[datepart][1] ~ ' + '
        ~ part.replace('%s', second)
        ~ ' - ' ~ part.replace('%s', first) ~ ')' -%}
  {%- else -%}
    {%- do exceptions.raise_compiler_error("datediff(): no datepart '" ~ datepart
        ~ "' on Postgres; known are year, quarter, month, week, day, hour, minute, second, millisecond, "
        ~ "microsecond") -%}
  {%- endif -%}
  {{ return('\n        ' ~ text ~ '\n    ') }}
{% endmacro %}

{% macro postgres__last_day(date, datepart) %}
  {%- if datepart != 'quarter' -%}
    {{ return(dbt.default_last_day(date, datepart)) }}
  {%- endif -%}
  {%- set text %}-- postgres dateadd does not support quarter interval.
    cast(
        {{ dbt.dateadd('day', '-1', dbt.dateadd('month', '3', dbt.date_trunc(datepart, date))) }}
        as date){% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro postgres__any_value(expression) %}
  {%- set text %}min({{ expression }}){% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro postgres__listagg(measure, delimiter_text, order_by_clause, limit_num) %}
  {%- if limit_num -%}
    {%- set text %}array_to_string(
        (array_agg(
            {{ measure }}
            {{ order_by_clause or '' }}
        ))[1:{{ limit_num }}],
        {{ delimiter_text }}
        ){% endset -%}
    {{ return(text) }}
  {%- endif -%}
  {%- set text %}
    string_agg(
        {{ measure }},
        {{ delimiter_text }}
        {{ order_by_clause or '' }}
        ){% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro postgres__split_part(string_text, delimiter_text, part_number) %}
  {%- set text = dbt.default__split_part(string_text, delimiter_text, part_number) if part_number >= 0
      else dbt._split_part_negative(string_text, delimiter_text, part_number) -%}
  {{ return('\n\n  \n    ' ~ text ~ '\n  \n\n') }}
{% endmacro %}

{#- NULL equals NULL where the project sets the flag enable_truthy_nulls_equals_macro. -#}
{% macro postgres__equals(expr1, expr2) %}
  {%- if adapter.behavior.enable_truthy_nulls_equals_macro.no_warn -%}
    {%- set text %}
    ({{ expr1 }} IS NOT DISTINCT FROM {{ expr2 }}){% endset -%}
    {{ return(text) }}
  {%- endif -%}
  {{ return('(' ~ expr1 ~ ' = ' ~ expr2 ~ ')') }}
{% endmacro %}
