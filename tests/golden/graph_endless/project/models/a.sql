{% set ns = namespace(a=[1]) %}
{% for i in range(40) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}
{% do graph.update({'mine': ns.a}) %}
select 1 as a
