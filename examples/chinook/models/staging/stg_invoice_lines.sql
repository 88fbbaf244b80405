select
    invoice_line_id,
    invoice_id,
    track_id,
    quantity,
    unit_price * quantity as amount
from {{ source('store', 'invoice_lines') }}
