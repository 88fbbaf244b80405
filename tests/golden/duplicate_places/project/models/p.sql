{{ config(materialized='table', alias='one') }} select 1 as id
