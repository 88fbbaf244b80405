{{ config(group='sales') }} select 1 as n
