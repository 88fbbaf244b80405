{#- Times, and rows for every day of a span. -#}
{% macro current_timestamp() -%}
  {{ return(adapter.dispatch('current_timestamp', 'dbt')()) }}
{%- endmacro %}
{% macro default__current_timestamp() -%}
  {{ exceptions.raise_not_implemented('current_timestamp is not there for adapter ' ~ adapter.type()) }}
{%- endmacro %}

{% macro snapshot_get_time() -%}
  {{ return(adapter.dispatch('snapshot_get_time', 'dbt')()) }}
{%- endmacro %}
{% macro default__snapshot_get_time() %}
  {{ return('\n    ' ~ current_timestamp() ~ '\n') }}
{% endmacro %}

{% macro snapshot_string_as_time(timestamp) -%}
  {{ return(adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp)) }}
{%- endmacro %}
{% macro default__snapshot_string_as_time(timestamp) -%}
  {{ exceptions.raise_not_implemented('snapshot_string_as_time is not there for adapter ' ~ adapter.type()) }}
{%- endmacro %}

{% macro get_snapshot_get_time_data_type() %}
  {%- set query %}select {{ snapshot_get_time() }} as t where false{% endset -%}
  {%- set empty = adapter.get_column_schema_from_query(query) -%}
  {{ return(empty[0].dtype or none) }}
{% endmacro %}

{% macro current_timestamp_backcompat() -%}
  {{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}
{%- endmacro %}
{% macro default__current_timestamp_backcompat() %}
  {{ return('\n    current_timestamp::timestamp\n') }}
{% endmacro %}

{% macro current_timestamp_in_utc_backcompat() -%}
  {{ return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) }}
{%- endmacro %}
{% macro default__current_timestamp_in_utc_backcompat() -%}
  {{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}
{%- endmacro %}

{% macro last_day(date, datepart) -%}
  {{ return(adapter.dispatch('last_day', 'dbt')(date, datepart)) }}
{%- endmacro %}
{% macro default_last_day(date, datepart) %}
  {%- set text %}cast(
        {{ dbt.dateadd('day', '-1', dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date))) }}
        as date){% endset -%}
  {{ return(text) }}
{% endmacro %}
{% macro default__last_day(date, datepart) %}
  {{ return(dbt.default_last_day(date, datepart)) }}
{% endmacro %}

{#- The smallest n with 2 to the n at least upper_bound. -#}
{% macro get_powers_of_two(upper_bound) %}
  {{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}
{% endmacro %}
{% macro default__get_powers_of_two(upper_bound) %}
  {%- if upper_bound <= 0 -%}
    {%- do exceptions.raise_compiler_error('get_powers_of_two(): the upper bound must be positive, not '
        ~ upper_bound) -%}
  {%- endif -%}
  {%- for n in range(1, 100) -%}
    {%- if upper_bound <= 2 ** n -%}
      {{ return(n) }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{#- Rows with generated_number from 1 to upper_bound: each power of two is a bit, on or off. -#}
{% macro generate_series(upper_bound) %}
  {{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}
{% endmacro %}
{% macro default__generate_series(upper_bound) %}
  {%- set bits = [] -%}
  {%- set tables = [] -%}
  {%- for n in range(dbt.get_powers_of_two(upper_bound)) -%}
    {%- do bits.append('p' ~ n ~ '.generated_number * power(2, ' ~ n ~ ')\n    ') -%}
    {%- do tables.append('p as p' ~ n ~ '\n    ') -%}
  {%- endfor -%}
  {%- set text %}

    

    with p as (
        select 0 as generated_number union all select 1
    ), unioned as (

    select

    
    {{ bits | join(' + \n    \n    ') }}
    
    + 1
    as generated_number

    from

    
    {{ tables | join(' cross join \n    \n    ') }}
    

    )

    select *
    from unioned
    where generated_number <= {{ upper_bound }}
    order by generated_number

{% endset -%}
  {{ return(text) }}
{% endmacro %}

{#- How many of that part lie between two dates: asked of the database, 0 while parsing. -#}
{% macro get_intervals_between(start_date, end_date, datepart) -%}
  {{ return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) }}
{%- endmacro %}
{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
  {%- call statement('get_intervals_between', fetch_result=true) -%}
    select {{ datediff(start_date, end_date, datepart) }}
  {%- endcall -%}
  {%- set answer = load_result('get_intervals_between') -%}
  {{ return(answer['data'][0][0] if answer and answer['data'] else 1) }}
{%- endmacro %}

{#- A row for every date from start_date, end_date left out. -#}
{% macro date_spine(datepart, start_date, end_date) %}
  {{ return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) }}
{% endmacro %}
{% macro default__date_spine(datepart, start_date, end_date) %}
  {%- set numbers = dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) -%}
  {%- set day = dbt.dateadd(datepart, 'row_number() over (order by 1) - 1', start_date) -%}
  {%- set made %}


    


    with rawdata as (

        {{ numbers }}

    ),

    all_periods as (

        select (
            {{ day }}
        ) as date_{{ datepart }}
        from rawdata

    ),

    filtered as (

        select *
        from all_periods
        where date_{{ datepart }} <= {{ end_date }}

    )

    select * from filtered

{% endset -%}
  {{ return(made) }}
{% endmacro %}

{#- Dates as text: one, a range of them, "first,last". -#}
{% macro convert_datetime(date_str, date_fmt) %}
  {%- set wrong = "'" ~ date_str ~ "' is not a date of the form " ~ date_fmt -%}
  {{ return(try_or_compiler_error(wrong, modules.datetime.datetime.strptime, date_str.strip(), date_fmt)) }}
{% endmacro %}

{#- All days from start to end, both included, as out_fmt writes them; as dates when it is empty. -#}
{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt='%Y%m%d', out_fmt='%Y%m%d') %}
  {%- set first = convert_datetime(start_date_str, in_fmt) -%}
  {%- set last = first if end_date_str is none else convert_datetime(end_date_str, in_fmt) -%}
  {%- if last < first -%}
    {%- do exceptions.raise_compiler_error('the range of dates ends before it starts: ' ~ first ~ ', ' ~ last) -%}
  {%- endif -%}
  {%- set days = [] -%}
  {%- for n in range((last - first).days + 1) -%}
    {%- set day = first + modules.datetime.timedelta(days=n) -%}
    {%- do days.append(day.strftime(out_fmt) if out_fmt else day) -%}
  {%- endfor -%}
  {{ return(days) }}
{% endmacro %}

{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') %}
  {%- set ends = (raw_partition_date | string).split(',') -%}
  {%- if ends | length > 2 -%}
    {%- do exceptions.raise_compiler_error('a range of partitions is "first" or "first,last", not: '
        ~ raw_partition_date) -%}
  {%- endif -%}
  {{ return(dates_in_range(ends[0], ends[1] if ends | length == 2 else none, in_fmt=date_fmt)) }}
{% endmacro %}

{% macro py_current_timestring() %}
  {{ return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) }}
{% endmacro %}
