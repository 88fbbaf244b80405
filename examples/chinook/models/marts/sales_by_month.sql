select
    {{ month_of('s.sold_on') }} as month,
    c.region as region,
    sum(s.amount) as revenue,
    count(distinct s.customer_id) as customers
from {{ ref('fct_sales') }} as s
join {{ ref('dim_customers') }} as c on c.customer_id = s.customer_id
group by month, region
