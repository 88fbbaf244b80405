{{ config(order_by='country') }}
-- What does a track cost on average in each country?
select
  c.country as country,
  sum(s.quantity) as units,
  toDecimal64(round(toDecimal64(sum(s.line_total), 8) / sum(s.quantity), 4), 4) as average_price
from {{ ref('fct_sales') }} as s
inner join {{ ref('dim_customers') }} as c on c.customer_id = s.customer_id
group by c.country
