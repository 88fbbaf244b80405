select {% if execute %}'{{ source('raw', 't') }}'{% endif %} as place
