{{ config(materialized='table', tags=['day'], contract={'enforced': true}) }}
select {{ twice('id') }} as id, name from {{ source('raw', 'events') }}
