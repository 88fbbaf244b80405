select
  {{ typed('media_type_id', 'integer') }} as media_type_id,
  {{ typed('name', 'text') }} as media_type_name
from {{ once_by_key(raw('media_type'), 'media_type_id') }}
