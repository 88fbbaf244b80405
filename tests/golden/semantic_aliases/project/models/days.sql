select 1 as date_day, 2 as fiscal
