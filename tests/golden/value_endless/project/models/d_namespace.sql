{% set n = namespace() %}{% set n.a = n %}{% set n.b = n %}
{{ config(meta={'n': n}) }}
select 1 as a
