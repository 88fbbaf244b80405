select 1
{% if target.name = "x" %}
where 1
{% endif %}
