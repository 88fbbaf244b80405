select * from {{ ref('shop', 'a', 'b') }}
