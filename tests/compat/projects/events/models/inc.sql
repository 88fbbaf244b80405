{{ config(materialized='incremental', unique_key='id') }}
select id from {{ ref('table_m') }}
