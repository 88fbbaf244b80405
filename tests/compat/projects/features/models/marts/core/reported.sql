{{ config(materialized=var('reported_as', 'view'), schema='reports', alias='report', group='sales') }}
select o.status, count(*) as n, {{ helper.greet('you') }} as greeting
from {{ ref('features', 'stg_orders') }} o
join {{ ref('customers', version=1) }} c on c.id = o.customer_id
join {{ ref('greetings') }} g on 1 = 1
where '{{ env_var("FEATURES_MISSING", "none") }}' = 'none'
group by o.status
