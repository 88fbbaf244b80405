select 1 as id, 2 as customer, 3 as kind
