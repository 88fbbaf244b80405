select
  {{ typed('artist_id', 'integer') }} as artist_id,
  {{ typed('name', 'text') }} as artist_name
from {{ once_by_key(raw('artist'), 'artist_id') }}
