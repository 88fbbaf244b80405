select c.id, c.name from {{ ref('stg_customers') }} c
