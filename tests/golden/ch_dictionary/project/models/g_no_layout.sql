{{ config(materialized='dictionary', fields=[('id', 'UInt64'), ('v', 'String')], primary_key='id') }}
select 1 as id, 'x' as v
