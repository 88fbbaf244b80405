{{ config(materialized='incremental', incremental_strategy='append', incremental_predicates=['id > 1']) }}
select 1 as id
