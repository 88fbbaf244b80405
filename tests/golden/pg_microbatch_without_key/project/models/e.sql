{{ config(materialized='view', event_time='at') }}
select 1 as id, '2024-01-01'::timestamp as at
