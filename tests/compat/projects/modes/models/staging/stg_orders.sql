select id, customer_id, amount, {{ day_of('ordered_at') }} as ordered_on, ordered_at
from {{ source('shop', 'orders') }}
where amount >= {{ var('least') }}
