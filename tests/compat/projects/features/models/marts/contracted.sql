select {% if target.type == 'postgres' %}1::integer as id, 'x'::text as label{% else %}toInt32(1) as id, toString('x') as label{% endif %}
