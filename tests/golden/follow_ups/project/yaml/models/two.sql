select 1 as n from {{ ref('track_history') }}, {{ ref('price', v=2) }}, {{ ref('on') }}
