{#- Data tests: the materialization, and the four that come with starc. -#}

{% materialization test, default %}
  {%- set relations = [] -%}
  {%- set main_sql = get_limit_subquery_sql(sql, config.get('limit')) -%}
  {%- if should_store_failures() -%}
    {%- set kind = config.get('store_failures_as') or 'table' -%}
    {%- if kind not in ['table', 'view'] -%}
      {%- do exceptions.starc_config_error('store_failures_as', "'" ~ kind
          ~ "' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']") -%}
    {%- endif -%}
    {%- set target_relation = this.incorporate(type=kind) -%}
    {%- do starc_store_failures(target_relation, main_sql) -%}
    {%- do relations.append(target_relation) -%}
    {%- set main_sql -%}select *
    from {{ target_relation.render() }}{%- endset -%}
  {%- endif -%}

  {#- A query is a transaction of its own. -#}
  {% call statement('main', fetch_result=true, auto_begin=relations | length > 0) -%}
    {{ config.get('sql_header') or '' if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else '' }}
    {{- get_test_sql(main_sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), none) }}
  {%- endcall %}
  {%- if relations -%}
    {%- do adapter.commit() -%}
  {%- endif -%}
  {{ return({'relations': relations}) }}
{% endmaterialization %}

{#- The failing rows, kept: built beside, then put in the place of the last run's. -#}
{% macro starc_store_failures(target_relation, sql) %}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = starc_built_as(existing, target_relation) -%}
  {%- do starc_drop_leftovers(target_relation) -%}
  {%- call statement('store_failures') -%}
    {{ get_create_sql(built, sql) }}
  {%- endcall -%}
  {%- do starc_swap_in(existing, built, target_relation) -%}
{% endmacro %}

{% macro get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
  {{ return(adapter.dispatch('get_test_sql', 'dbt')(main_sql, fail_calc, warn_if, error_if, limit)) }}
{%- endmacro %}

{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
  select
    {{ fail_calc }} as failures,
    {{ fail_calc }} {{ warn_if }} as should_warn,
    {{ fail_calc }} {{ error_if }} as should_error
  from (
    {{ main_sql }}
    {% if limit is not none %}limit {{ limit }}{% endif %}
  ) dbt_internal_test
{%- endmacro %}

{#- What a test reads: the relation, or its rows that the config `where` leaves. -#}
{% macro get_where_subquery(relation) -%}
  {{ return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) }}
{%- endmacro %}
{% macro default__get_where_subquery(relation) -%}
  {%- set where = config.get('where', '') -%}
  {%- if where -%}
    {%- set made -%}(select * from {{ relation }} where {{ where }}) dbt_subquery{%- endset -%}
    {{ return(made) }}
  {%- endif -%}
  {{ return(relation) }}
{%- endmacro %}

{#- The text of the four is what dbt's is, byte for byte, so that compiled files compare equal. -#}
{% test unique(model, column_name) %}
    {% set rows = adapter.dispatch('test_unique', 'dbt')(model, column_name) %}
    {{ rows }}
{% endtest %}
{% macro default__test_unique(model, column_name) %}

select
    {{ column_name }} as unique_field,
    count(*) as n_records

from {{ model }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1

{% endmacro %}

{% test not_null(model, column_name) %}
    {% set rows = adapter.dispatch('test_not_null', 'dbt')(model, column_name) %}
    {{ rows }}
{% endtest %}
{% macro default__test_not_null(model, column_name) %}

{% set shown = '*' if should_store_failures() else column_name %}

select {{ shown }}
from {{ model }}
where {{ column_name }} is null

{% endmacro %}

{% test accepted_values(model, column_name, values, quote=True) %}
    {% set rows = adapter.dispatch('test_accepted_values', 'dbt')(model, column_name, values, quote) %}
    {{ rows }}
{% endtest %}
{% macro default__test_accepted_values(model, column_name, values, quote=True) %}

with all_values as (

    select
        {{ column_name }} as value_field,
        count(*) as n_records

    from {{ model }}
    group by {{ column_name }}

)

select *
from all_values
where value_field not in (
    {% for value in values -%}
      {{ "'" ~ value ~ "'" if quote else value }}{{ ',' if not loop.last }}
    {%- endfor %}
)

{% endmacro %}

{% test relationships(model, column_name, to, field) %}
    {% set rows = adapter.dispatch('test_relationships', 'dbt')(model, column_name, to, field) %}
    {{ rows }}
{% endtest %}
{% macro default__test_relationships(model, column_name, to, field) %}

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

{% endmacro %}
