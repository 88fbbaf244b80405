-- A test is a query that finds what is wrong: no row is good.
select
    i.invoice_id as invoice_id,
    i.total as total,
    l.amount as lines
from {{ ref('stg_invoices') }} as i
join (
    select invoice_id, sum(amount) as amount
    from {{ ref('stg_invoice_lines') }}
    group by invoice_id
) as l on l.invoice_id = i.invoice_id
where i.total <> l.amount
