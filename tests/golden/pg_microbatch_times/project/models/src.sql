{{ config(materialized='table', event_time='at') }}
select 1 as id, cast('2024-01-01 10:00:00' as timestamp) as at
