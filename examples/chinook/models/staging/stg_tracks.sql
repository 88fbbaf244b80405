select
    t.track_id as track_id,
    t.name as track,
    g.name as genre
from {{ source('store', 'tracks') }} as t
join {{ source('store', 'genres') }} as g on g.genre_id = t.genre_id
