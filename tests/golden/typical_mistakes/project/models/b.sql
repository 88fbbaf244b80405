select * from {{ ref(a) }}
