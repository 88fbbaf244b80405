with months as (
  select
    d.month_start as month_start,
    {{ exact('sum(f.line_total)') }} as revenue
  from {{ ref('fct_invoice_line') }} as f
  inner join {{ ref('dim_date') }} as d on d.date_key = f.date_key
  group by d.month_start
),

compared as (
  select
    month_start,
    revenue,
    -- The month before. ClickHouse has 0 for "no row before", Postgres NULL; a month with no
    -- revenue has no row, so 0 can mean nothing else.
    nullif(sum(revenue) over (order by month_start rows between 1 preceding and 1 preceding), 0)
      as revenue_before
  from months
)

select
  month_start,
  revenue,
  {{ exact('revenue - revenue_before', nullable=true) }} as growth,
  {{ ratio('(revenue - revenue_before) * 100', 'revenue_before', 1, nullable=true) }} as growth_percent
from compared
