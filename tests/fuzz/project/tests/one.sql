select * from {{ ref('b') }} where false
