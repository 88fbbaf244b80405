select 1 as id, 2 as customer_id, cast('2026-01-01' as date) as day, 5 as amount
