select 1 as id, 'a' as v union all select 1, 'b'
