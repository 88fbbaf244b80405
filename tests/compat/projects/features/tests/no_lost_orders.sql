{{ config(severity='error', meta={'why': 'rows'}) }}
select id from {{ ref('stg_orders') }} where id not in (select id from {{ source('shop', 'orders') }})
