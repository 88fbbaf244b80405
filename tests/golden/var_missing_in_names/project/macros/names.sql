{% macro generate_schema_name(custom_schema_name, node) %}s_{{ var('team') }}{% endmacro %}
{% macro generate_alias_name(custom_alias_name, node) %}{{ node.name }}_{{ var('suffix', 'x') }}{% endmacro %}
