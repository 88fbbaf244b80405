{{ config(materialized='ephemeral') }}
select id, customer_id, amount, ordered_at from {{ ref('stg_orders') }} where amount > 0
