{{ config(materialized='incremental', on_schema_change='append_new_columns') }}
select {{ var('columns', '1 as id, 2 as v') }}
