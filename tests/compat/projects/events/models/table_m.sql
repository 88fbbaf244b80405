{{ config(materialized='table', post_hook="select 3") }}
select id from {{ ref('view_m') }} union all select id from {{ ref('eph') }}
