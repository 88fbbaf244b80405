select
  {{ typed('customer_id', 'integer') }} as customer_id,
  {{ typed('first_name', 'text') }} as first_name,
  {{ typed('last_name', 'text') }} as last_name,
  {{ typed('company', 'text', nullable=true) }} as company_name,
  {{ typed('address', 'text', nullable=true) }} as street_address,
  {{ typed('city', 'text', nullable=true) }} as city,
  {{ typed('state', 'text', nullable=true) }} as state,
  {{ typed('country', 'text') }} as country,
  {{ typed('postal_code', 'text', nullable=true) }} as postal_code,
  {{ typed('phone', 'text', nullable=true) }} as phone,
  {{ typed('fax', 'text', nullable=true) }} as fax,
  {{ typed('email', 'text') }} as email,
  {{ typed('support_rep_id', 'integer') }} as support_employee_id
from {{ once_by_key(raw('customer'), 'customer_id') }}
