{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', begin='2999-01-01', batch_size='day') }}
select * from {{ ref('src') }}
