{{ config(materialized='incremental', incremental_strategy='legacy') }}
select 1 as id
