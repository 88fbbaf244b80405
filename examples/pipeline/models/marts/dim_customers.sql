{{ config(order_by='customer_id') }}
-- Customers, and what each has spent in all.
select
  c.customer_id as customer_id,
  c.customer_name as customer_name,
  c.country as country,
  sum(l.line_total) as spent
from {{ ref('stg_customers') }} as c
left join {{ ref('stg_invoices') }} as i on i.customer_id = c.customer_id
left join {{ ref('stg_invoice_lines') }} as l on l.invoice_id = i.invoice_id
group by c.customer_id, c.customer_name, c.country
