{{ config(materialized='incremental', incremental_strategy='append', unique_key='id', incremental_predicates=['id > 1']) }}
select 1 as id
