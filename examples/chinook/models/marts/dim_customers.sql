-- ref() names another model, or a seed: that is how starc knows what to build first.
select
    c.customer_id as customer_id,
    c.customer as customer,
    c.country as country,
    r.region as region
from {{ ref('stg_customers') }} as c
join {{ ref('regions') }} as r on r.country = c.country
