{#- Models whose rows are files: only a database that writes files has them. -#}
{% materialization external, default %}
  {%- do exceptions.starc_config_error('materialized', target.type ~ ' writes no files: an external model needs the '
      ~ 'embedded ClickHouse', 'make it a table here, for one target alone: materialized: "{{ '
      ~ "'external' if target.type == 'clickhouse' else 'table' }}" ~ '"; starc load brings files in') -%}
{% endmaterialization %}
