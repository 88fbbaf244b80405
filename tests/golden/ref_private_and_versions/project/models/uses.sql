select * from {{ ref('hidden') }}, {{ ref('a', v=7) }}
