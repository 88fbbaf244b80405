{{ config(materialized='incremental', unique_key='id', incremental_strategy='delete_insert', event_time='ordered_at') }}
select id, customer_id, amount, ordered_at from {{ ref('stg_orders') }}
{% if is_incremental() %}where id >= (select max(id) from {{ this }}){% endif %}
