{{ config(
    materialized='incremental',
    unique_key='day',
    on_schema_change='append_new_columns',
    tags=['core', 'nightly'],
    meta={'level': 3, 'deep': {'a': [1, 2]}},
    pre_hook=["select 1 as before", {"sql": "select 2 as before", "transaction": target.type != 'postgres'}],
    grants={},
) }}
select cast(ordered_at as date) as day, sum(amount) as total
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where cast(ordered_at as date) >= (select max(day) from {{ this }})
{% endif %}
group by 1
