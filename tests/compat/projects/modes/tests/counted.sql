{{ config(tags=['counted']) }}
select 1 as one from {{ ref('customers') }} having count(*) <> (select count(*) from {{ ref('stg_customers') }})
