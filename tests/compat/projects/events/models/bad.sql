select {% if var('broken') %}no_such_column{% else %}id{% endif %} from {{ ref('s') }}
