{% set ns = namespace(a=[1]) %}
{% for i in range(40) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}
{{ config(meta={'a': ns.a}) }}
select 1 as a
