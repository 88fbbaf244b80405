select id, 1 / (id - {{ 1 if var('broken') else 1000 }}) as x from {{ ref('stg_customers') }}
