select id, customer_id, amount, status, ordered_at
from {{ source('shop', 'orders') }}
where id >= {{ var('least') }} - 1
