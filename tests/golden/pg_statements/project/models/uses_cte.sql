/* a /* b */ c */ with/**/recursive y as (select a from {{ ref('cte') }}) select * from y
