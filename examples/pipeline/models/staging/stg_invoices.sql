select
  invoice_id,
  customer_id,
  toDate(invoice_date) as invoiced_on,
  total
from {{ source('chinook', 'invoice') }}
