select * from {{ ref('one') }} -- all, from
whre id = 1
