select 1 as id, now()::date as ordered_at, 5 as amt, 'x' as status, 7 as customer_id
