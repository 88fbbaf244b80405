{{ config(materialized='table') }} select intDiv(1, id - 1) as n from {{ ref('a') }}
