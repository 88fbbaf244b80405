-- Each row and the one that came after it.
select
    before.customer_id as customer_id,
    before.plan as plan_before,
    after.plan as plan_after,
    after.dbt_valid_from as changed_at
from {{ ref('customers_history') }} as before
join {{ ref('customers_history') }} as after
    on after.customer_id = before.customer_id
    and after.dbt_valid_from = before.dbt_valid_to
where after.plan <> before.plan
