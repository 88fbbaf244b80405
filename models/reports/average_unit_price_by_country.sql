select
  c.country as country,
  sum(f.quantity) as units,
  {{ exact('sum(f.line_total)') }} as revenue,
  {{ ratio('sum(f.line_total)', 'sum(f.quantity)', 4) }} as average_unit_price
from {{ ref('fct_invoice_line') }} as f
inner join {{ ref('dim_customer') }} as c on c.customer_key = f.customer_key
group by c.country
