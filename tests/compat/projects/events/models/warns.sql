select 1 as id {% if var('broken') %}{% do exceptions.warn('careful') %}{% endif %}
