-- A staging model names things as the warehouse calls them, and does no more.
select
    customer_id,
    concat(first_name, ' ', last_name) as customer,
    country,
    email
from {{ source('store', 'customers') }}
