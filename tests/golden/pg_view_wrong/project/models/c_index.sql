{{ config(materialized='materialized_view', indexes=[{'columns': ['idd']}]) }}
select 1 as id
