select
  {{ typed('track_id', 'integer') }} as track_id,
  {{ typed('name', 'text') }} as track_name,
  {{ typed('album_id', 'integer') }} as album_id,
  {{ typed('media_type_id', 'integer') }} as media_type_id,
  {{ typed('genre_id', 'integer') }} as genre_id,
  {{ typed('composer', 'text', nullable=true) }} as composer,
  {{ typed('milliseconds', 'integer') }} as duration_ms,
  {{ typed('bytes', 'bigint') }} as size_bytes,
  {{ typed('unit_price', 'money') }} as list_price
from {{ once_by_key(raw('track'), 'track_id') }}
