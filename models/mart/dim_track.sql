select
  {{ surrogate_key(['t.track_id']) }} as track_key,
  t.track_id as track_id,
  t.track_name as track_name,
  t.composer as composer,
  al.album_id as album_id,
  al.album_title as album_title,
  ar.artist_id as artist_id,
  ar.artist_name as artist_name,
  g.genre_name as genre_name,
  m.media_type_name as media_type_name,
  t.duration_ms as duration_ms,
  t.size_bytes as size_bytes,
  t.list_price as list_price
from {{ ref('tracks') }} as t
inner join {{ ref('albums') }} as al on al.album_id = t.album_id
inner join {{ ref('artists') }} as ar on ar.artist_id = al.artist_id
inner join {{ ref('genres') }} as g on g.genre_id = t.genre_id
inner join {{ ref('media_types') }} as m on m.media_type_id = t.media_type_id
