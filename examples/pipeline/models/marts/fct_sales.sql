{{ config(order_by='(invoiced_on, invoice_line_id)') }}
-- One row for each line of an invoice.
select
  l.invoice_line_id as invoice_line_id,
  l.invoice_id as invoice_id,
  i.customer_id as customer_id,
  l.track_id as track_id,
  i.invoiced_on as invoiced_on,
  l.quantity as quantity,
  l.line_total as line_total
from {{ ref('stg_invoice_lines') }} as l
inner join {{ ref('stg_invoices') }} as i on i.invoice_id = l.invoice_id
