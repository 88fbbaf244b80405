{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='yesterday', batch_size='day', unique_key='id') }}
select * from {{ ref('e') }}
