{{ config(
    materialized='incremental',
    unique_key='invoice_line_id',
    incremental_strategy='delete+insert',
    on_schema_change='fail'
) }}

select
  {{ surrogate_key(['l.invoice_line_id']) }} as invoice_line_key,
  l.invoice_line_id as invoice_line_id,
  l.invoice_id as invoice_id,
  {{ surrogate_key(['i.customer_id']) }} as customer_key,
  {{ surrogate_key(['l.track_id']) }} as track_key,
  {{ surrogate_key(['c.support_employee_id']) }} as employee_key,
  {{ date_key('i.invoice_date') }} as date_key,
  i.invoice_date as invoice_date,
  l.quantity as quantity,
  l.unit_price as unit_price,
  {{ exact('l.unit_price * l.quantity') }} as line_total
from {{ ref('invoice_lines') }} as l
inner join {{ ref('invoices') }} as i on i.invoice_id = l.invoice_id
inner join {{ ref('customers') }} as c on c.customer_id = i.customer_id
{% if is_incremental() %}
-- The last day that was loaded comes again, as it may have been loaded before it was over.
where i.invoice_date >= (select max(loaded.invoice_date) from {{ this }} as loaded)
{% endif %}
