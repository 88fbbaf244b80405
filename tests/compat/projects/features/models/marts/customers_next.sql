select id, name, orders from {{ ref('customers') }}
