select id, throwIf(id = {{ 1 if var('broken') else 1000 }}, 'broken') as x from {{ ref('stg_customers') }}
