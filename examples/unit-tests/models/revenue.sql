{{ config(materialized='incremental', incremental_strategy='append') }}

select ordered_on, cast(sum(amount) as decimal(12, 2)) as revenue
from {{ ref('orders') }}
{% if is_incremental() %}
where ordered_on > (select max(ordered_on) from {{ this }})
{% endif %}
group by ordered_on
