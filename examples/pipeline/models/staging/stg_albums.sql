select
  album_id,
  artist_id,
  title as album_title
from {{ source('chinook', 'album') }}
