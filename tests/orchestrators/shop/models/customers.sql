select customer_id, first_name, count(*) as orders, sum(amount) as spent
from {{ ref('orders') }}
group by customer_id, first_name
