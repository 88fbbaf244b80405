{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', begin='2024-01-01', batch_size='day', concurrent_batches='yes') }}
select * from {{ ref('src') }}
