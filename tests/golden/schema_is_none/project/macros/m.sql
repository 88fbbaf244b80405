{% macro generate_schema_name(custom, node) %}{{ return(none) }}{% endmacro %}
