-- text
{% snapshot both %}{{ config(strategy='check', check_cols='all', unique_key='id') }} select 1 as id{% endsnapshot %}
