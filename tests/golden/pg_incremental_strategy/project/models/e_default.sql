{{ config(materialized='incremental', incremental_strategy='default', on_schema_change='sync') }}
select 1 as id
