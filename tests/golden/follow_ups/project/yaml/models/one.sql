select * from {{ source('raw', 'track') }} join {{ source('raw', 'albums') }} using (id)
