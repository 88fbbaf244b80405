{{ config(materialized='incremental', unique_key='id', event_time='ordered_at') }}
select id, customer_id, amount, ordered_at from {{ ref('paid') }}
{% if is_incremental() %}where id > (select coalesce(max(id), 0) from {{ this }}){% endif %}
