{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='created', begin='2024-01-01', batch_size='day') }}
select id, at from {{ ref('src') }}
