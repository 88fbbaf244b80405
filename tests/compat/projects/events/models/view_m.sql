{{ log('said', info=True) }}{{ log('written') }}{{ print('printed') }}{{ config(group='ops') }}
select id, updated_at from {{ ref('s') }}
