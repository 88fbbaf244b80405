{{ config(materialized='table') }} select 1 / (id - 1) as n from {{ ref('a') }}
