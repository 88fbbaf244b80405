select 1 as id, 2 as amount, 'a' as kind, 3 as day
