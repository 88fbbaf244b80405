{{ config(materialized='materialized_view') }}
select id from {{ source('raw', 'orders') }}
