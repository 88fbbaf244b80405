{{ config(
    materialized='tabel',
    enabled='maybe',
    tags=3
) }}
select 1 as id