-- An invoice's total is the sum of its lines. Rows that come back are wrong.
select
  i.invoice_id as invoice_id,
  i.total as total,
  sum(l.line_total) as of_lines
from {{ ref('stg_invoices') }} as i
left join {{ ref('stg_invoice_lines') }} as l on l.invoice_id = i.invoice_id
group by i.invoice_id, i.total
having total != of_lines
