select
    invoice_id,
    customer_id,
    invoice_date as sold_on,
    total
from {{ source('store', 'invoices') }}
