{{ config(materialized='dictionary', fields=[('id', 'UInt64'), ('v', 'String')], primary_key='id', layout='flat()', source_type='htttp', lifetime=0) }}
select 1 as id, 'x' as v
