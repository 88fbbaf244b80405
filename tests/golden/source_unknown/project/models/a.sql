select * from {{ source('raw', 'ordres') }}
