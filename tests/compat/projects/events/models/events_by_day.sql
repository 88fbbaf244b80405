{{ config(materialized='view', event_time='at') }}
select timestamp '2024-01-01' as at, 1 as n union all select timestamp '2024-01-02', 0 union all select timestamp '2024-01-03', 2
