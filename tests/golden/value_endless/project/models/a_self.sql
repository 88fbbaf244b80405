{% set l = [] %}{% do l.append(l) %}
{{ config(meta={'a': l}) }}
select 1 as a
