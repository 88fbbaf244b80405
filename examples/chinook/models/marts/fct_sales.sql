-- An incremental model: the first build writes all rows, each later one only those that are new.
-- `starc build --full-refresh` makes it anew.
{{ config(materialized='incremental', unique_key='invoice_line_id') }}

select
    l.invoice_line_id as invoice_line_id,
    i.customer_id as customer_id,
    i.sold_on as sold_on,
    t.genre as genre,
    l.quantity as quantity,
    l.amount as amount
from {{ ref('stg_invoice_lines') }} as l
join {{ ref('stg_invoices') }} as i on i.invoice_id = l.invoice_id
join {{ ref('stg_tracks') }} as t on t.track_id = l.track_id
{% if is_incremental() %}
-- {{ this }} is the table that the earlier builds wrote.
where i.sold_on >= (select max(sold_on) from {{ this }})
{% endif %}
