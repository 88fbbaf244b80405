{{ config(materialized='incremental', incremental_strategy='default') }}
select 1 as id
