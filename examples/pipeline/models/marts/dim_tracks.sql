{{ config(order_by='track_id') }}
select
  t.track_id as track_id,
  t.track_name as track_name,
  a.album_title as album_title,
  r.artist_name as artist_name,
  g.genre_name as genre_name
from {{ ref('stg_tracks') }} as t
inner join {{ ref('stg_albums') }} as a on a.album_id = t.album_id
inner join {{ ref('stg_artists') }} as r on r.artist_id = a.artist_id
inner join {{ ref('stg_genres') }} as g on g.genre_id = t.genre_id
