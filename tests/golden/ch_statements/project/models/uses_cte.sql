# with
with y as (select a from {{ ref('cte') }}) select * from y
