{#- ClickHouse: data tests, limits. -#}

{#- At most so many rows of a query, whatever it ends in: settings and a limit of its own stay
    where they are. A query that is no select is left to the database. -#}
{% macro clickhouse__place_limit(query, limit) -%}
  {%- set first = query | trim | lower -%}
  {%- if limit is none -%}
    {{ query }}
  {%- elif first.startswith('show') or first.startswith('desc') or first.startswith('exists') or first.startswith('explain') -%}
    {{ query }}
    limit {{ limit }}
  {%- else -%}
    select * from (
    {{ query }}
    ) limit {{ limit }}
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__get_limit_sql(sql, limit) -%}
  {{ clickhouse__place_limit(sql, limit) }}
{%- endmacro %}

{% macro clickhouse__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
  select
    {{ fail_calc }} as failures,
    {{ fail_calc }} {{ warn_if }} as should_warn,
    {{ fail_calc }} {{ error_if }} as should_error
  from (
    {{ clickhouse__place_limit(main_sql, limit) }}
  ) dbt_internal_test
{%- endmacro %}

{#- An outer join fills with defaults here and not with NULL, so the rows without a parent are looked
    for by value. -#}
{% macro clickhouse__test_relationships(model, column_name, to, field) %}
select {{ column_name }} as from_field
from {{ model }}
where {{ column_name }} is not null
  and {{ column_name }} not in (
    select {{ field }} from {{ to }} where {{ field }} is not null
  )
{% endmacro %}
