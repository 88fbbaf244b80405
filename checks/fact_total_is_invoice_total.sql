{{ config(tags=['mart']) }}

-- What the lines add up to is what the invoices say: no line lost, none doubled.
select
  fact.total as fact_total,
  billed.total as invoice_total
from (select {{ exact('sum(line_total)') }} as total from {{ ref('fct_invoice_line') }}) as fact
cross join (select {{ exact('sum(invoice_total)') }} as total from {{ ref('invoices') }}) as billed
where fact.total <> billed.total
