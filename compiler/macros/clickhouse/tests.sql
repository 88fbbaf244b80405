{#- ClickHouse: data tests, limits. -#}

{#- At most so many rows of a query, whatever it ends in: settings and a limit of its own stay
    where they are. What is no query is left as it is. -#}
{% macro clickhouse__place_limit(query, limit) -%}
  {{ adapter.starc_limited(query, limit) }}
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

{#- An outer join fills with NULL only when it is told to. -#}
{% macro clickhouse__test_relationships(model, column_name, to, field) %}

with child as (
    select {{ column_name }} as from_field
    from {{ model }}
    where {{ column_name }} is not null
),

parent as (
    select {{ field }} as to_field
    from {{ to }}
)

select
    from_field

from child
left join parent
    on child.from_field = parent.to_field

where parent.to_field is null
-- end_of_sql
settings join_use_nulls = 1

{% endmacro %}
