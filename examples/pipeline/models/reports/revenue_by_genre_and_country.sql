{{ config(order_by='(country, genre)') }}
-- Which genres earn most, and where?
select
  c.country as country,
  t.genre_name as genre,
  sum(s.line_total) as revenue,
  sum(s.quantity) as units
from {{ ref('fct_sales') }} as s
inner join {{ ref('dim_customers') }} as c on c.customer_id = s.customer_id
inner join {{ ref('dim_tracks') }} as t on t.track_id = s.track_id
group by c.country, t.genre_name
