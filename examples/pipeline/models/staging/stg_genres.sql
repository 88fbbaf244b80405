select
  genre_id,
  name as genre_name
from {{ source('chinook', 'genre') }}
