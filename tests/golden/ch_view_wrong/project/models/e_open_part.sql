{{ config(materialized='materialized_view') }}
--one:begin
select 1 as id
