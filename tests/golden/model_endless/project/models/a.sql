{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}
