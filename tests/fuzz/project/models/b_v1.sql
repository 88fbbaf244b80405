select * from {{ ref('a') }} join {{ ref('s') }} using (id)
