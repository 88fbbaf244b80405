-- depends_on: {{ ref('stg_orders') }}
{{ config(access='private', group='core') }}
select 1 as id
