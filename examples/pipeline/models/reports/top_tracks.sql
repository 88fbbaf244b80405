{{ config(order_by='place') }}
-- Which tracks sell best?
with sold as (
  select
    track_id,
    sum(quantity) as units,
    sum(line_total) as revenue
  from {{ ref('fct_sales') }}
  group by track_id
)

select
  -- The id last, so that a tie always falls the same way.
  row_number() over (order by s.units desc, s.revenue desc, s.track_id) as place,
  t.track_name as track,
  t.artist_name as artist,
  s.units as units,
  s.revenue as revenue
from sold as s
inner join {{ ref('dim_tracks') }} as t on t.track_id = s.track_id
order by place
limit 20
