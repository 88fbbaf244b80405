{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['id','vv']) }}
select 1 as id, 2 as v
