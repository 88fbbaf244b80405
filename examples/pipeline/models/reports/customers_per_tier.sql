{{ config(order_by='tier') }}
-- How many customers are in each tier?
select
  multiIf(spent >= 45, 'high', spent >= 40, 'medium', 'low') as tier,
  count(*) as customers,
  sum(spent) as revenue
from {{ ref('dim_customers') }}
group by tier
