select
  {{ surrogate_key(['pt.playlist_id', 'pt.track_id']) }} as playlist_track_key,
  {{ surrogate_key(['pt.track_id']) }} as track_key,
  pt.playlist_id as playlist_id,
  pt.track_id as track_id,
  p.playlist_name as playlist_name
from {{ ref('playlist_tracks') }} as pt
inner join {{ ref('playlists') }} as p on p.playlist_id = pt.playlist_id
