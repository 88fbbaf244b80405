{{ config(tags=['a', 'b']) }} select * from {{ ref('values') }} join {{ ref('shop', 'mapping') }} 
