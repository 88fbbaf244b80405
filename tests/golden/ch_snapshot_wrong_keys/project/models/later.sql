select 1 as id, 1 as part, 'a' as v{% if var('bad', false) %} union all select 1, 1, 'b'{% endif %}
