{% snapshot orders_block %}
{{ config(target_schema=target.schema ~ '_snap', unique_key='id', strategy='timestamp', updated_at='ordered_at', tags=['block']) }}
select * from {{ ref('raw_orders') }}
{% endsnapshot %}

{% snapshot orders_checked %}
  {{ config(unique_key=['id', 'customer_id'], strategy='check', check_cols=['status', 'amount'], hard_deletes='invalidate') }}
  select id, customer_id, status, amount from {{ ref('raw_orders') }}
{% endsnapshot %}
