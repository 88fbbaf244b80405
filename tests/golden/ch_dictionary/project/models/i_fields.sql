{{ config(materialized='dictionary', fields=['id', 'v'], primary_key='id', layout='hashed()', lifetime=0) }}
select 1 as id, 'x' as v
