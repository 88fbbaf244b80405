-- A row of a snapshot is how a customer was from dbt_valid_from to dbt_valid_to; of the last one no end is known.
select customer_id, name, plan, dbt_valid_from as since
from {{ ref('customers_history') }}
where dbt_valid_to is null
