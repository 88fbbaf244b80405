{{ config(group='nobodys') }} select 1 where false
