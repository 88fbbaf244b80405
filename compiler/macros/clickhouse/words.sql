{#- ClickHouse's words for what databases spell differently. -#}

{% macro clickhouse__any_value(expression) -%}
  any({{ expression }})
{%- endmacro %}

{% macro clickhouse__bool_or(expression) -%}
  max({{ expression }}) > 0
{%- endmacro %}

{% macro clickhouse__hash(field) %}
  {{ return('lower(hex(MD5(toString(' ~ field ~ ' ))))') }}
{% endmacro %}

{% macro clickhouse__split_part(string_text, delimiter_text, part_number) %}
  {{ return('\n    splitByString(' ~ delimiter_text ~ ', ' ~ string_text ~ ')[' ~ part_number ~ ']\n') }}
{% endmacro %}

{#- Its texts are given without quotes, unlike the default's. -#}
{% macro clickhouse__replace(field, old_chars, new_chars) %}
  {{ return("\n   replaceAll(" ~ field ~ ",'" ~ old_chars ~ "','" ~ new_chars ~ "')\n") }}
{% endmacro %}

{% macro clickhouse__safe_cast(field, dtype) %}
  {%- if field | string | lower == 'null' -%}
    {{ return("CAST(defaultValueOfTypeName('" ~ (dtype | replace("'", "\\'")) ~ "') AS " ~ dtype ~ ')') }}
  {%- endif -%}
  {{ return('CAST(' ~ field ~ ' AS ' ~ dtype ~ ')') }}
{% endmacro %}

{% macro clickhouse__cast_bool_to_text(field) %}
  {{ return("\n    multiIf(" ~ field ~ " > 0, 'true', " ~ field ~ " = 0, 'false', NULL)\n") }}
{% endmacro %}

{% macro clickhouse__listagg(measure, delimiter_text, order_by_clause, limit_num) %}
  {%- set items = 'array_agg(' ~ measure ~ ')' -%}
  {%- set space = '\n\n    ' -%}
  {%- if order_by_clause -%}
    {%- set words = order_by_clause.split() -%}
    {%- if ',' in order_by_clause or words | length < 3 -%}
      {%- do exceptions.raise_compiler_error('listagg() on ClickHouse orders by one column, "order by x [desc]", not: ' ~ order_by_clause) -%}
    {%- endif -%}
    {%- set back = 'desc' in (words[3:] | join | lower) -%}
    {%- set items = 'arrayMap(x -> x.1, array' ~ ('Reverse' if back else '') ~ 'Sort(x -> x.2, arrayZip(' ~ items ~ ', array_agg(' ~ words[2] ~ '))))' -%}
    {%- set space = '\n      \n      \n      \n      \n      ' ~ ('  \n      \n      ' if back else '') ~ '\n\n      \n    \n\n    ' -%}
  {%- endif -%}
  {%- if limit_num -%}
    {{ return(space ~ 'arrayStringConcat(arraySlice(' ~ items ~ ', 1, ' ~ limit_num ~ '), ' ~ delimiter_text ~ ')\n    ') }}
  {%- endif -%}
  {{ return(space ~ 'arrayStringConcat(' ~ items ~ ', ' ~ delimiter_text ~ ')') }}
{% endmacro %}

{% macro clickhouse__last_day(date, datepart) %}
  {{ return(dbt.dateadd('day', '-1', dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date)))) }}
{% endmacro %}

{% macro clickhouse__array_construct(inputs, data_type) %}
  {{ return('\n    ' ~ ('[ ' ~ (inputs | join(' , ')) ~ ' ]' if inputs else 'emptyArray' ~ data_type ~ '()') ~ '\n    ') }}
{% endmacro %}

{% macro clickhouse__array_append(array, new_element) %}
  {{ return('arrayPushBack(' ~ array ~ ', ' ~ new_element ~ ')\n') }}
{% endmacro %}

{% macro clickhouse__array_concat(array_1, array_2) %}
  {{ return('arrayConcat(' ~ array_1 ~ ', ' ~ array_2 ~ ')\n') }}
{% endmacro %}

{% macro clickhouse__current_timestamp() -%}
  now()
{%- endmacro %}

{% macro clickhouse__snapshot_string_as_time(timestamp) -%}
  toDateTime('{{ timestamp }}')
{%- endmacro %}

{% macro clickhouse__escape_single_quotes(expression) -%}
  {{ expression | replace("\\", "\\\\") | replace("'", "''") }}
{%- endmacro %}

{#- A DateTime is written without an offset, in the zone of its column or of the session. -#}
{% macro clickhouse__starc_utc_moment(expression) %}
  {{- return('toTimeZone(' ~ expression ~ ", 'UTC')") -}}
{% endmacro %}
