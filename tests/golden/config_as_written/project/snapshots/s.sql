{% snapshot sn %}{{ config(unique_key='id', strategy='check', check_cols=['a'], target_schema='x', invalidate_hard_deletes=true) }}select * from {{ ref('values') }}{% endsnapshot %}
