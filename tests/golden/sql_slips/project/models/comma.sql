select 1 as id, 2 as n,
from {{ ref('one') }}
group by id
