{{ config(tags=['greeting']) }}
select 1 as id, {{ helper.greet('all') }} as greeting, {{ var('depth') }} as depth
