with sold as (
  select
    f.track_key as track_key,
    sum(f.quantity) as units,
    {{ exact('sum(f.line_total)') }} as revenue
  from {{ ref('fct_invoice_line') }} as f
  group by f.track_key
),

ranked as (
  select
    t.track_id as track_id,
    t.track_name as track_name,
    t.album_title as album_title,
    t.artist_name as artist_name,
    sold.units as units,
    sold.revenue as revenue,
    -- The id last: a tie always falls the same way.
    row_number() over (order by sold.units desc, sold.revenue desc, t.track_id) as place
  from sold
  inner join {{ ref('dim_track') }} as t on t.track_key = sold.track_key
)

select
  place,
  track_id,
  track_name,
  album_title,
  artist_name,
  units,
  revenue
from ranked
where place <= 20
