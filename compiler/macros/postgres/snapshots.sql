{#- Postgres: a snapshot's changes come in as an update and an insert, in one transaction. -#}
{% macro postgres__snapshot_merge_sql(target, source, insert_cols) -%}
  {%- set columns = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  update {{ target.render() }} as DBT_INTERNAL_DEST
  set {{ columns.dbt_valid_to }} = DBT_INTERNAL_SOURCE.{{ columns.dbt_valid_to }}
  from {{ source.render() }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.{{ columns.dbt_scd_id }}::text = DBT_INTERNAL_DEST.{{ columns.dbt_scd_id }}::text
    and DBT_INTERNAL_SOURCE.dbt_change_type::text in ('update', 'delete')
    and {{ starc_snapshot_is_current('DBT_INTERNAL_DEST', columns) }};

  insert into {{ target.render() }} ({{ insert_cols | join(', ') }})
  select DBT_INTERNAL_SOURCE.{{ insert_cols | join(', DBT_INTERNAL_SOURCE.') }}
  from {{ source.render() }} as DBT_INTERNAL_SOURCE
  where DBT_INTERNAL_SOURCE.dbt_change_type::text = 'insert'
{%- endmacro %}

{% macro postgres__starc_snapshot_column_changed(old, new) -%}
  {{ old }} is distinct from {{ new }}
{%- endmacro %}

{#- Keeps the hashes in here, where all of a query's workers make them, each once. -#}
{% macro postgres__starc_snapshot_fence() %}
  {{- return('offset 0') -}}
{% endmacro %}
