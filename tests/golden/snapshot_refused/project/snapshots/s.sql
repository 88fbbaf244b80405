{% snapshot in_sql %}
{{ config(strategy='check', check_cols='all', unique_key='id', materialized='view') }}
select * from {{ ref('m') }}
{% endsnapshot %}
