{{ config(materialized='view') }}
select id, x from {{ ref('breaks') }}
