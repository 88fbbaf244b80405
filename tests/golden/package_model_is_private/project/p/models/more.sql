select * from {{ ref('one', 'inner') }}
