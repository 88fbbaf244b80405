{% test positive(model, column_name, over=0) %}
{{ config(severity='error', tags=['numbers']) }}
select {{ column_name }} from {{ model }} where {{ column_name }} <= {{ over }}
{% endtest %}
