select 1 as id, 'x'::text as label, 2 as surplus
