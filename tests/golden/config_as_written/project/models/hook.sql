{{ config(post_hook='x', tags=['a']) }} select 1
