{{ config(materialized='incremental', incremental_strategy='delete_inserts', unique_key='id') }}
select 1 as id
