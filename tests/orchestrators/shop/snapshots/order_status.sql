{% snapshot order_status %}
select order_id, status from {{ ref('stg_orders') }}
{% endsnapshot %}
