select
  {{ typed('genre_id', 'integer') }} as genre_id,
  {{ typed('name', 'text') }} as genre_name
from {{ once_by_key(raw('genre'), 'genre_id') }}
