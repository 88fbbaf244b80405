{{ config(materialized='incremental', incremental_strategy='merge', unique_key=['id', 'part']) }}
select 1 as id, 'x' as part, g from generate_series(1, {{ var('n', 1) }}) as g
