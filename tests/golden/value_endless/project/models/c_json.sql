{% set d = {} %}{% do d.update(d=d) %}
select {{ tojson(d) }} as a
