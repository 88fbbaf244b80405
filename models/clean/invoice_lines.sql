select
  {{ typed('invoice_line_id', 'integer') }} as invoice_line_id,
  {{ typed('invoice_id', 'integer') }} as invoice_id,
  {{ typed('track_id', 'integer') }} as track_id,
  {{ typed('unit_price', 'money') }} as unit_price,
  {{ typed('quantity', 'integer') }} as quantity
from {{ once_by_key(raw('invoice_line'), 'invoice_line_id') }}
