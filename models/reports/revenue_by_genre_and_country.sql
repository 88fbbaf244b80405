select
  c.country as country,
  t.genre_name as genre_name,
  {{ exact('sum(f.line_total)') }} as revenue,
  sum(f.quantity) as units
from {{ ref('fct_invoice_line') }} as f
inner join {{ ref('dim_customer') }} as c on c.customer_key = f.customer_key
inner join {{ ref('dim_track') }} as t on t.track_key = f.track_key
group by c.country, t.genre_name
