select {{ dbt.length('name') } as n from {{ ref('raw_tracks') }}
