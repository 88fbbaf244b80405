{{ config({'materialized': 'table', 'tags': ['z']}) }} select {{ one() }} as id
