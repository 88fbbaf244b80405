{{ config(enabled=True) }} select 1
