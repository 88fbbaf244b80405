{{ config(schema='fixed') }} select * from {{ source('raw','t') }}
