{% snapshot no_time %}
{{ config(strategy='timestamp', unique_key='id') }}
select * from {{ ref('m') }}
{% endsnapshot %}
{% snapshot no_key %}
{{ config(strategy='timestamp', updated_at='at') }}
select * from {{ ref('m') }}
{% endsnapshot %}
{% snapshot no_columns %}
{{ config(strategy='check', unique_key='id') }}
select * from {{ ref('m') }}
{% endsnapshot %}
