select
  {{ typed('playlist_id', 'integer') }} as playlist_id,
  {{ typed('track_id', 'integer') }} as track_id
from {{ once_by_key(raw('playlist_track'), ['playlist_id', 'track_id']) }}
