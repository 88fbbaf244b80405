-- No customer has two rows that are both the last one. No row is good.
select customer_id, count(*) as open_rows
from {{ ref('customers_by_time') }}
where dbt_valid_to is null
group by customer_id
having count(*) > 1
