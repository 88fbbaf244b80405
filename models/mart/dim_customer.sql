select
  {{ surrogate_key(['c.customer_id']) }} as customer_key,
  c.customer_id as customer_id,
  c.first_name as first_name,
  c.last_name as last_name,
  {{ dbt.concat(['c.first_name', "' '", 'c.last_name']) }} as full_name,
  c.company_name as company_name,
  c.city as city,
  c.state as state,
  c.country as country,
  c.email as email,
  {{ surrogate_key(['c.support_employee_id']) }} as support_employee_key
from {{ ref('customers') }} as c
