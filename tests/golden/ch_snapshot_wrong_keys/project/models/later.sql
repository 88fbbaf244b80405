select 1 as id, 1 as part, 'a' as v{% if var('bad', false) %} where false union all select 1, 1, 'b' union all select 1, 1, 'c'{% endif %}
