select * from {{ ref('later') }}
