{{ config(order_by='month') }}
-- How did revenue grow from month to month?
with months as (
  select
    toStartOfMonth(invoiced_on) as month,
    sum(line_total) as revenue
  from {{ ref('fct_sales') }}
  group by month
)

select
  month,
  revenue,
  revenue - lagInFrame(toNullable(revenue)) over (order by month) as growth
from months
