select 1 as id, 'a' as kind, 3 as amount
