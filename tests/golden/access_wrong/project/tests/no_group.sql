select * from {{ ref('secret') }} where id > 1
