select id from {{ ref('judged') }}
