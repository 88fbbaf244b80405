select null::int as id, 'a' as v
