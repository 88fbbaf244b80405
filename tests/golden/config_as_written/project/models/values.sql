{{ config(materialized='table', pre_hook='select 1', post_hook=['select 2'], bind=False, q=-1, f=1.50) }} select {{ one() }} as id
