{{ config(materialized='ephemeral') }}
select id, name, ratio, active from {{ ref('raw_customers') }}
