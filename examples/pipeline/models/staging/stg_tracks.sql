select
  track_id,
  album_id,
  genre_id,
  name as track_name
from {{ source('chinook', 'track') }}
