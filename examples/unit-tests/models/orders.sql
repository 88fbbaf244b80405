-- What an order costs: large ones get 5 % off, and a customer's own discount counts if it is greater.
select
    o.order_id as order_id,
    o.customer as customer,
    o.ordered_on as ordered_on,
    cast(
        round(
            cast(o.amount as decimal(12, 4)) * (100 - greatest(
                case when o.amount >= 100 then 5 else 0 end,
                coalesce(d.percent, 0)
            )) / 100,
            2
        ) as decimal(12, 2)
    ) as amount
from {{ ref('raw_orders') }} as o
left join {{ ref('raw_discounts') }} as d on d.customer = o.customer
