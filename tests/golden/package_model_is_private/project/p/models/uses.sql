select * from {{ ref('one', 'hidden') }}
