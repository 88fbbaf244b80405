{#- ClickHouse's words for what databases spell differently. -#}

{% macro clickhouse__any_value(expression) -%}
  any({{ expression }})
{%- endmacro %}

{% macro clickhouse__bool_or(expression) -%}
  max({{ expression }}) > 0
{%- endmacro %}

{% macro clickhouse__hash(field) %}
  {%- set text %}lower(hex(MD5(toString({{ field }} )))){% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__split_part(string_text, delimiter_text, part_number) %}
  {%- set text %}
    splitByString({{ delimiter_text }}, {{ string_text }})[{{ part_number }}]
{% endset -%}
  {{ return(text) }}
{% endmacro %}

{#- Its texts are given without quotes, unlike the default's. -#}
{% macro clickhouse__replace(field, old_chars, new_chars) %}
  {%- set text %}
   replaceAll({{ field }},'{{ old_chars }}','{{ new_chars }}')
{% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__safe_cast(field, dtype) %}
  {%- if field | string | lower == 'null' -%}
    {%- set text %}CAST(defaultValueOfTypeName('{{ dtype | replace("'", "\\'") }}') AS {{ dtype }}){% endset -%}
    {{ return(text) }}
  {%- endif -%}
  {%- set text %}CAST({{ field }} AS {{ dtype }}){% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__cast_bool_to_text(field) %}
  {%- set text %}
    multiIf({{ field }} > 0, 'true', {{ field }} = 0, 'false', NULL)
{% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__listagg(measure, delimiter_text, order_by_clause, limit_num) %}
  {%- set items %}array_agg({{ measure }}){% endset -%}
  {%- set space = '\n\n    ' -%}
  {%- if order_by_clause -%}
    {%- set words = order_by_clause.split() -%}
    {%- if ',' in order_by_clause or words | length < 3 -%}
      {%- do exceptions.raise_compiler_error('listagg() on ClickHouse orders by one column, "order by x [desc]", '
          ~ 'not: ' ~ order_by_clause) -%}
    {%- endif -%}
    {%- set back = 'desc' in (words[3:] | join | lower) -%}
    {%- set sort = 'arrayReverseSort' if back else 'arraySort' -%}
    {%- set pairs %}arrayZip({{ items }}, array_agg({{ words[2] }})){% endset -%}
    {%- set items %}arrayMap(x -> x.1, {{ sort }}(x -> x.2, {{ pairs }})){% endset -%}
    {%- set space = '\n      \n      \n      \n      \n      ' ~ ('  \n      \n      ' if back else '')
        ~ '\n\n      \n    \n\n    ' -%}
  {%- endif -%}
  {%- if limit_num -%}
    {%- set text %}{{ space }}arrayStringConcat(arraySlice({{ items }}, 1, {{ limit_num }}), {{ delimiter_text }})
    {% endset -%}
    {{ return(text) }}
  {%- endif -%}
  {%- set text %}{{ space }}arrayStringConcat({{ items }}, {{ delimiter_text }}){% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__last_day(date, datepart) %}
  {{ return(dbt.dateadd('day', '-1', dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date)))) }}
{% endmacro %}

{% macro clickhouse__array_construct(inputs, data_type) %}
  {%- set text %}
    {% if inputs %}[ {{ inputs | join(' , ') }} ]{% else %}emptyArray{{ data_type }}(){% endif %}
    {% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__array_append(array, new_element) %}
  {%- set text %}arrayPushBack({{ array }}, {{ new_element }})
{% endset -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__array_concat(array_1, array_2) %}
  {%- set text %}arrayConcat({{ array_1 }}, {{ array_2 }})
{% endset -%}
  {{ return(text) }}
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
  {%- set text %}toTimeZone({{ expression }}, 'UTC'){% endset -%}
  {{- return(text) -}}
{% endmacro %}
