{{ config(materialized='incremental', incremental_strategy='delete_insert', unique_key='idd') }}
select 1 as id, 2 as v
