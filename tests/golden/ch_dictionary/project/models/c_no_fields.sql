{{ config(materialized='dictionary', primary_key='id', layout='flat()') }}
select 1 as id, 'x' as v
