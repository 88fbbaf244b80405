{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='at', event_time='at', begin='2024-01-01', batch_size='day') }}
select at, {% if var('broken') %}1 / n{% else %}n{% endif %} as one from {{ ref('events_by_day') }}
