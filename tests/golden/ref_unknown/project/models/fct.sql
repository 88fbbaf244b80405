select *
from x
join {{ ref('dim_customr') }} c on c.id = x.id
