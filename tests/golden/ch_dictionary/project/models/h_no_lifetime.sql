{{ config(materialized='dictionary', fields=[('id', 'UInt64'), ('v', 'String')], primary_key='id', layout='hashed()') }}
select 1 as id, 'x' as v
