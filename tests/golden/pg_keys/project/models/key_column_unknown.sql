{{ config(materialized='incremental', incremental_strategy='merge', unique_key='idd') }}
select 1 as id, 2 as v
