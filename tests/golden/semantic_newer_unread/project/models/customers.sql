select 1 as id, now()::date as valid_from, now()::date as valid_to
