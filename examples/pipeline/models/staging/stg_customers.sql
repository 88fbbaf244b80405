select
  customer_id,
  concat(first_name, ' ', last_name) as customer_name,
  country
from {{ source('chinook', 'customer') }}
