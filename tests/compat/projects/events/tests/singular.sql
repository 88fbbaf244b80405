select * from {{ ref('view_m') }} where id > 99
