{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id') }}
select 1 as id, g from generate_series(1, {{ var('n', 1) }}) as g
