select 1 as x from {{ ref('customers', v=2) }} where 1 = 0
