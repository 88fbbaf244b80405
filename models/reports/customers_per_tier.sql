with spending as (
  select
    f.customer_key as customer_key,
    sum(f.line_total) as spent
  from {{ ref('fct_invoice_line') }} as f
  group by f.customer_key
),

tiered as (
  select
    coalesce(s.spent, 0) as spent,
    case
      when coalesce(s.spent, 0) >= {{ var('tier_high') }} then 'high'
      when coalesce(s.spent, 0) >= {{ var('tier_medium') }} then 'medium'
      else 'low'
    end as tier
  from {{ ref('dim_customer') }} as c
  left join spending as s on s.customer_key = c.customer_key
)

select
  tier as tier,
  count(*) as customers,
  {{ exact('sum(tiered.spent)') }} as revenue
from tiered
group by tier
