{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='id',
          unique_key='id') }}
select 1 as id
