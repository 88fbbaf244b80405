select now()::date as date_day
