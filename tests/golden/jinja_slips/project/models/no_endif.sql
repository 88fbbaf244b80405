select 1
{% if true %}
where 1
{% for x in [1] %}
{% endfor %}
