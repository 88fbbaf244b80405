select
  {{ typed('album_id', 'integer') }} as album_id,
  {{ typed('title', 'text') }} as album_title,
  {{ typed('artist_id', 'integer') }} as artist_id
from {{ once_by_key(raw('album'), 'album_id') }}
