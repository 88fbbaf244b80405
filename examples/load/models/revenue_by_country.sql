{{ config(materialized='table') }}

select c.country as country, count(*) as orders, sum(o.amount) as revenue
from {{ source('shop', 'orders') }} as o
join {{ source('shop', 'customers') }} as c on c.name = o.customer
group by country
