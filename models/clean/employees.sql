select
  {{ typed('employee_id', 'integer') }} as employee_id,
  {{ typed('first_name', 'text') }} as first_name,
  {{ typed('last_name', 'text') }} as last_name,
  {{ typed('title', 'text') }} as job_title,
  {{ typed('reports_to', 'integer', nullable=true) }} as manager_id,
  {{ typed('birth_date', 'date') }} as birth_date,
  {{ typed('hire_date', 'date') }} as hire_date,
  {{ typed('address', 'text', nullable=true) }} as street_address,
  {{ typed('city', 'text', nullable=true) }} as city,
  {{ typed('state', 'text', nullable=true) }} as state,
  {{ typed('country', 'text') }} as country,
  {{ typed('postal_code', 'text', nullable=true) }} as postal_code,
  {{ typed('phone', 'text', nullable=true) }} as phone,
  {{ typed('fax', 'text', nullable=true) }} as fax,
  {{ typed('email', 'text') }} as email
from {{ once_by_key(raw('employee'), 'employee_id') }}
