{{ config(materialized='incremental', incremental_strategy='delete_insert', unique_key='id') }}
select 1 as id, number as v from numbers({{ var('n', 1) }})
