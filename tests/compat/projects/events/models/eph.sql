{{ config(materialized='ephemeral') }} select 5 as id
