{{ config(materialized='materialized_view', order_by='id', catchup=false) }}
select id from {{ target.schema }}.nowhere
