{{ config(materialized='incremental', unique_key='order_id') }}
select o.order_id, o.customer_id, c.first_name, o.ordered_on, o.status, o.amount
from {{ ref('stg_orders') }} o
join {{ ref('stg_customers') }} c on c.customer_id = o.customer_id
