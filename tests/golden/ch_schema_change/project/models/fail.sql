{{ config(materialized='incremental', on_schema_change='fail') }}
select {{ var('columns', '1 as id, 2 as v') }}
