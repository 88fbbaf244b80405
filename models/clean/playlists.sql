select
  {{ typed('playlist_id', 'integer') }} as playlist_id,
  {{ typed('name', 'text') }} as playlist_name
from {{ once_by_key(raw('playlist'), 'playlist_id') }}
