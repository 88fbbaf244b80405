{{ config(tags="a", materialized: "table") }} select 1 as x
