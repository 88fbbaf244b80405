{% test above(model, least, column=none, column_name=none) %}
select * from {{ model }} where {{ column or column_name }} < {{ least }}
{% endtest %}
