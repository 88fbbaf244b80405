{#- ClickHouse: columns of a table that is there, changed one statement at a time. Of a distributed table
    the local tables come first, then the table that points to them. -#}

{% macro clickhouse__run_alter_table_command(alter_action, existing_relation, existing_local=none,
    is_distributed=false) %}
  {%- for relation in ([existing_local] if is_distributed and existing_local is not none
      else []) + [existing_relation] -%}
    {%- set query -%}
      alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} {{ alter_action }}
    {%- endset -%}
    {%- do run_query(query) -%}
  {%- endfor -%}
{% endmacro %}

{% macro clickhouse__add_columns(columns, existing_relation, existing_local=none, is_distributed=false) %}
  {%- for column in columns -%}
    {%- set part -%}
      add column if not exists {{ adapter.quote(column.name) }} {{ column.starc_type or column.data_type }}
    {%- endset -%}
    {%- do clickhouse__run_alter_table_command(part,
        existing_relation, existing_local, is_distributed) -%}
  {%- endfor -%}
{% endmacro %}

{% macro clickhouse__drop_columns(columns, existing_relation, existing_local=none, is_distributed=false) %}
  {%- for column in columns -%}
    {%- set part -%}drop column if exists {{ adapter.quote(column.name) }}{%- endset -%}
    {%- do clickhouse__run_alter_table_command(part,
        existing_relation, existing_local, is_distributed) -%}
  {%- endfor -%}
{% endmacro %}

{% macro clickhouse__modify_columns(columns, existing_relation, existing_local=none, is_distributed=false) %}
  {%- for column in columns -%}
    {%- set part -%}
      modify column if exists {{ adapter.quote(column.name) }} {{ column.starc_type or column.data_type }}
    {%- endset -%}
    {%- do clickhouse__run_alter_table_command(part,
        existing_relation, existing_local, is_distributed) -%}
  {%- endfor -%}
{% endmacro %}
