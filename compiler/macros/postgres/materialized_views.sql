{#- Postgres: materialized views. A change of indexes is made in place; a change of the query needs
    the view to be made anew, which happens beside and in one transaction. -#}

{% macro postgres__get_create_materialized_view_as_sql(relation, sql) %}
  create materialized view if not exists {{ relation.render() }} as {{ sql }};
  {%- for index in config.get('indexes', []) %}
  {{ get_create_index_sql(relation, index) }};
  {%- endfor %}
{% endmacro %}

{% macro postgres__refresh_materialized_view(relation) %}
  refresh materialized view {{ relation.render() }}
{% endmacro %}

{% macro postgres__drop_materialized_view(relation) -%}
  drop materialized view if exists {{ relation.render() }} cascade
{%- endmacro %}

{% macro postgres__get_rename_materialized_view_sql(relation, new_name) %}
  alter materialized view {{ relation.render() }} rename to {{ adapter.quote(new_name) }}
{% endmacro %}

{% macro postgres__describe_materialized_view(relation) %}
  {{ return({'indexes': run_query(get_show_indexes_sql(relation))}) }}
{% endmacro %}

{#- An index as the same text however it was written: columns sorted, btree where no type is given. -#}
{% macro starc_pg_index_signature(columns, unique, type) %}
  {{ return((columns | map('lower') | sort | join(',')) ~ '/' ~ (unique or false) ~ '/' ~ (type or 'btree')) }}
{% endmacro %}

{#- [{action: drop or create, context}]: what makes the indexes of a relation those wanted. -#}
{% macro starc_pg_index_changes(existing, wanted) %}
  {%- set changes = [] -%}
  {%- set have = [] -%}
  {%- set want = [] -%}
  {%- for index in wanted -%}
    {%- do want.append(starc_pg_index_signature(index['columns'], index.get('unique'), index.get('type'))) -%}
  {%- endfor -%}
  {%- for row in existing -%}
    {%- set columns = row['column_names'].split(',') -%}
    {%- set sign = starc_pg_index_signature(columns, row['unique'], row['method']) -%}
    {%- do have.append(sign) -%}
    {%- if sign not in want -%}
      {%- do changes.append({'action': 'drop', 'context': {
          'name': row['name'], 'as_node_config': {'columns': columns, 'unique': row['unique'],
              'type': row['method']}}}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for index in wanted -%}
    {%- if want[loop.index0] not in have -%}
      {%- do changes.append({'action': 'create', 'context': {'name': none, 'as_node_config': index}}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}

{#- Whether the model's query is another one than the view's, as Postgres understands both. -#}
{% macro starc_pg_materialized_view_query_changed(relation) %}
  {%- set other = make_temp_relation(relation, '__dbt_compare').incorporate(type='view') -%}
  {%- call statement('compare_views', fetch_result=true) -%}
    create temporary view {{ other.render() }} as {{ sql }};
    select pg_get_viewdef('{{ other.render() | replace("'", "''") }}'::regclass)
      is distinct from pg_get_viewdef('{{ relation.render() | replace("'", "''") }}'::regclass) as changed
  {%- endcall -%}
  {%- set changed = load_result('compare_views').data[0][0] -%}
  {%- call statement('drop_compared_view') -%}
    drop view {{ other.render() }}
  {%- endcall -%}
  {{ return(changed) }}
{% endmacro %}

{% macro postgres__get_materialized_view_configuration_changes(existing_relation, new_config) %}
  {%- set described = postgres__describe_materialized_view(existing_relation) -%}
  {%- set indexes = starc_pg_index_changes(described['indexes'].rows, new_config.get('indexes', [])) -%}
  {#- Asked in any case: the query is tried. With --empty or --sample it differs by what it leaves out. -#}
  {%- set anew = starc_pg_materialized_view_query_changed(existing_relation) and not starc_reads_a_part() -%}
  {%- if indexes or anew -%}
    {{ return({'indexes': indexes, 'requires_full_refresh': anew}) }}
  {%- endif -%}
  {{ return(none) }}
{% endmacro %}

{% macro postgres__get_alter_materialized_view_as_sql(relation, configuration_changes, sql, existing_relation,
    backup_relation, intermediate_relation) %}
  {%- if configuration_changes.requires_full_refresh -%}
    {{ get_replace_sql(existing_relation, relation, sql) }}
  {%- else -%}
    {{ postgres__update_indexes_on_materialized_view(relation, configuration_changes.indexes) }}
    {{ refresh_materialized_view(relation) }}
  {%- endif -%}
{% endmacro %}

{% macro postgres__update_indexes_on_materialized_view(relation, index_changes) %}
  {{- log('Applying UPDATE INDEXES to: ' ~ relation) -}}
  {%- for change in index_changes -%}
    {%- if change.action == 'drop' -%}
      {{ postgres__get_drop_index_sql(relation, change.context.name) }};
    {%- else -%}
      {{ postgres__get_create_index_sql(relation, change.context.as_node_config) }};
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}
