select * from {{ ref('view_m') }}
