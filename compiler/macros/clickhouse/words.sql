{#- ClickHouse's words for what databases spell differently. -#}

{% macro clickhouse__any_value(expression) -%}
  any({{ expression }})
{%- endmacro %}

{% macro clickhouse__bool_or(expression) -%}
  max({{ expression }}) > 0
{%- endmacro %}

{% macro clickhouse__hash(field) -%}
  lower(hex(MD5(toString({{ field }}))))
{%- endmacro %}

{% macro clickhouse__split_part(string_text, delimiter_text, part_number) -%}
  splitByString({{ delimiter_text }}, {{ string_text }})[{{ part_number }}]
{%- endmacro %}

{#- Its texts are given without quotes, unlike the default's. -#}
{% macro clickhouse__replace(field, old_chars, new_chars) -%}
  replaceAll({{ field }}, '{{ old_chars }}', '{{ new_chars }}')
{%- endmacro %}

{% macro clickhouse__safe_cast(field, dtype) -%}
  {%- if field | string | lower == 'null' -%}
    cast(defaultValueOfTypeName({{ starc_ch_text(dtype) }}) as {{ dtype }})
  {%- else -%}
    cast({{ field }} as {{ dtype }})
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__cast_bool_to_text(field) -%}
  multiIf({{ field }} > 0, 'true', {{ field }} = 0, 'false', null)
{%- endmacro %}

{% macro clickhouse__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
  {%- set items = 'groupArray(' ~ measure ~ ')' -%}
  {%- if order_by_clause -%}
    {%- set column = order_by_clause.split() -%}
    {%- if ',' in order_by_clause or column | length < 3 -%}
      {%- do exceptions.raise_compiler_error('listagg() on ClickHouse orders by one column, "order by x [desc]", not: ' ~ order_by_clause) -%}
    {%- endif -%}
    {%- set fn = 'arrayReverseSort' if column | length > 3 and column[3] | lower == 'desc' else 'arraySort' -%}
    {%- set items = 'arrayMap(x -> x.2, ' ~ fn ~ '(x -> x.1, groupArray((' ~ column[2] ~ ', ' ~ measure ~ '))))' -%}
  {%- endif -%}
  {%- if limit_num -%}
    {%- set items = 'arraySlice(' ~ items ~ ', 1, ' ~ limit_num ~ ')' -%}
  {%- endif -%}
  arrayStringConcat({{ items }}, {{ delimiter_text }})
{%- endmacro %}

{% macro clickhouse__last_day(date, datepart) -%}
  {{ dateadd('day', '-1', dateadd(datepart, '1', date_trunc(datepart, date))) }}
{%- endmacro %}

{% macro clickhouse__array_construct(inputs, data_type) -%}
  {%- if inputs | length -%}
    [{{ inputs | join(' , ') }}]
  {%- else -%}
    emptyArray{{ data_type }}()
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__array_append(array, new_element) -%}
  arrayPushBack({{ array }}, {{ new_element }})
{%- endmacro %}

{% macro clickhouse__array_concat(array_1, array_2) -%}
  arrayConcat({{ array_1 }}, {{ array_2 }})
{%- endmacro %}

{% macro clickhouse__current_timestamp() -%}
  now()
{%- endmacro %}

{% macro clickhouse__snapshot_string_as_time(timestamp) -%}
  toDateTime('{{ timestamp }}')
{%- endmacro %}

{% macro clickhouse__escape_single_quotes(expression) -%}
  {{ expression | replace("\\", "\\\\") | replace("'", "\\'") }}
{%- endmacro %}
