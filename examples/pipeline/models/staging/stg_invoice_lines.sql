select
  invoice_line_id,
  invoice_id,
  track_id,
  quantity,
  unit_price * quantity as line_total
from {{ source('chinook', 'invoice_line') }}
