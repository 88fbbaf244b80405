select
  {{ typed('invoice_id', 'integer') }} as invoice_id,
  {{ typed('customer_id', 'integer') }} as customer_id,
  {{ typed('invoice_date', 'date') }} as invoice_date,
  {{ typed('billing_address', 'text', nullable=true) }} as billing_address,
  {{ typed('billing_city', 'text', nullable=true) }} as billing_city,
  {{ typed('billing_state', 'text', nullable=true) }} as billing_state,
  {{ typed('billing_country', 'text') }} as billing_country,
  {{ typed('billing_postal_code', 'text', nullable=true) }} as billing_postal_code,
  {{ typed('total', 'money') }} as invoice_total
from {{ once_by_key(raw('invoice'), 'invoice_id') }}
