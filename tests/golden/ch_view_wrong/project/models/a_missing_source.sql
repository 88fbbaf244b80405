{{ config(materialized='materialized_view', order_by='id') }}
select id from {{ source('raw', 'orders') }}
