{#- What an incremental model does when its query has other columns than its table. -#}

{#- Columns of the first that the second has not, by name and without regard to case. -#}
{% macro diff_columns(source_columns, target_columns) %}
  {%- set have = target_columns | map(attribute='name') | map('lower') | list -%}
  {%- set missing = [] -%}
  {%- for column in source_columns if column.name | lower not in have -%}
    {%- do missing.append(column) -%}
  {%- endfor -%}
  {{ return(missing) }}
{% endmacro %}

{% macro diff_column_data_types(source_columns, target_columns) %}
  {{ return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) }}
{% endmacro %}
{#- [{column_name, new_type}] of the columns that changed type; a text that only gets wider is none.
    That two types are arrays, or of the user's own making, does not make them one. -#}
{% macro default__diff_column_data_types(source_columns, target_columns) %}
  {%- set changed = [] -%}
  {%- for new in source_columns -%}
    {%- for old in target_columns if old.name | lower == new.name | lower -%}
      {%- set nameless = new.data_type in ('ARRAY', 'USER-DEFINED') -%}
      {%- set other = new.starc_type != old.starc_type if nameless else new.data_type != old.data_type -%}
      {%- if other and not old.can_expand_to(other_column=new) -%}
        {%- do changed.append({'column_name': old.name, 'new_type': new.starc_type or new.data_type}) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(changed) }}
{% endmacro %}

{% macro check_for_schema_changes(source_relation, target_relation) %}
  {{ return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) }}
{% endmacro %}
{% macro default__check_for_schema_changes(source_relation, target_relation) %}
  {%- set new = adapter.get_columns_in_relation(source_relation) -%}
  {%- set old = adapter.get_columns_in_relation(target_relation) -%}
  {%- set added = diff_columns(new, old) -%}
  {%- set removed = diff_columns(old, new) -%}
  {%- set retyped = diff_column_data_types(new, old) -%}
  {{ return({
      'schema_changed': (added or removed or retyped) | length > 0,
      'source_not_in_target': added,
      'target_not_in_source': removed,
      'source_columns': new,
      'target_columns': old,
      'new_target_types': retyped}) }}
{% endmacro %}

{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {{ return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) }}
{% endmacro %}
{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
  {%- set added = schema_changes_dict['source_not_in_target'] -%}
  {%- if on_schema_change == 'sync_all_columns' -%}
    {%- set removed = schema_changes_dict['target_not_in_source'] -%}
    {%- if added or removed -%}
      {%- do alter_relation_add_remove_columns(target_relation, added, removed) -%}
    {%- endif -%}
    {%- for change in schema_changes_dict['new_target_types'] -%}
      {%- do exceptions.starc_advise('on_schema_change', [change['column_name'], change['column_name'] ~ '__dbt_alter'],
          "on_schema_change: sync_all_columns cannot turn the column's values into this type: --full-refresh "
          ~ "builds the table anew") -%}
      {%- do alter_column_type(target_relation, change['column_name'], change['new_type']) -%}
    {%- endfor -%}
    {%- do exceptions.starc_advise() -%}
  {%- elif on_schema_change == 'append_new_columns' and added -%}
    {%- do alter_relation_add_remove_columns(target_relation, added, none) -%}
  {%- endif -%}
{% endmacro %}

{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {{ return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) }}
{% endmacro %}
{#- The columns to insert, after the table was made to fit; {} with `ignore`. -#}
{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {%- if on_schema_change == 'ignore' -%}
    {{ return({}) }}
  {%- endif -%}
  {%- set changes = check_for_schema_changes(source_relation, target_relation) -%}
  {%- if changes['schema_changed'] -%}
    {%- if on_schema_change == 'fail' -%}
      {%- do exceptions.starc_config_error('on_schema_change', starc_schema_change_message(target_relation, changes),
          '--full-refresh builds it anew; sync_all_columns' ~ ('' if changes['target_not_in_source']
              or changes['new_target_types'] else ' or append_new_columns') ~ ' changes its columns') -%}
    {%- endif -%}
    {%- do sync_column_schemas(on_schema_change, target_relation, changes) -%}
  {%- endif -%}
  {{ return(changes['source_columns']) }}
{% endmacro %}

{#- What to say should the statement that follows stop at one of the table's columns. -#}
{% macro starc_advise_columns(columns, on_schema_change) %}
  {%- set does = {'ignore': "keeps the table's columns, which the query has to give: sync_all_columns follows the "
      ~ "query, --full-refresh builds the table anew",
                  'append_new_columns': "keeps the table's types: sync_all_columns follows the query, "
                  ~ "--full-refresh builds the table anew"} -%}
  {%- do exceptions.starc_advise('on_schema_change', columns | map(attribute='name') | list, 'on_schema_change: '
      ~ on_schema_change ~ ' ' ~ does.get(on_schema_change, '')) -%}
{% endmacro %}

{% macro starc_schema_change_message(relation, changes) %}
  {%- set parts = [] -%}
  {%- if changes['source_not_in_target'] -%}
    {%- do parts.append('new: ' ~ (changes['source_not_in_target'] | map(attribute='name') | join(', '))) -%}
  {%- endif -%}
  {%- if changes['target_not_in_source'] -%}
    {%- do parts.append('gone: ' ~ (changes['target_not_in_source'] | map(attribute='name') | join(', '))) -%}
  {%- endif -%}
  {%- for change in changes['new_target_types'] -%}
    {%- do parts.append(change['column_name'] ~ ' is now ' ~ change['new_type']) -%}
  {%- endfor -%}
  {{ return('The source and target schemas on this incremental model are out of sync: the columns of the query are '
      ~ 'not those of '
      ~ relation ~ ', and on_schema_change is fail (' ~ (parts | join('; ')) ~ ')') }}
{% endmacro %}
