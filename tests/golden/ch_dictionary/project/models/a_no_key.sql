{{ config(materialized='dictionary', fields=[('id', 'UInt64'), ('v', 'String')], layout='flat()', lifetime=0) }}
select 1 as id, 'x' as v
