{{ config(materialized='table') }} {{ config(tags=['x']) }} select {{ this }} as id
