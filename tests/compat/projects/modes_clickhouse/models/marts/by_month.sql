{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='month', order_by='month') }}
select toStartOfMonth(ordered_at) as month, sum(amount) as amount from {{ ref('orders') }} group by month
