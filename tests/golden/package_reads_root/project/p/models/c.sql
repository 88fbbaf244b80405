select * from {{ ref('pkg', 'b') }}
