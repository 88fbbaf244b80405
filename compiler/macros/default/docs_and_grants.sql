{#- Descriptions kept in the database, and who may read what. -#}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
  {{ return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) }}
{%- endmacro %}
{% macro default__persist_docs(relation, model, for_relation, for_columns) -%}
  {%- if for_relation and config.persist_relation_docs() and model.description -%}
    {%- do run_query(alter_relation_comment(relation, model.description)) -%}
  {%- endif -%}
  {%- if for_columns and config.persist_column_docs() and model.columns -%}
    {%- set text = alter_column_comment(relation, model.columns) -%}
    {%- if text | trim -%}
      {%- do run_query(text) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{% macro alter_relation_comment(relation, relation_comment) -%}
  {{ return(adapter.dispatch('alter_relation_comment', 'dbt')(relation, relation_comment)) }}
{%- endmacro %}
{% macro default__alter_relation_comment(relation, relation_comment) -%}
  {{ exceptions.raise_not_implemented('alter_relation_comment is not there for adapter ' ~ adapter.type()) }}
{%- endmacro %}

{% macro alter_column_comment(relation, column_dict) -%}
  {{ return(adapter.dispatch('alter_column_comment', 'dbt')(relation, column_dict)) }}
{%- endmacro %}
{% macro default__alter_column_comment(relation, column_dict) -%}
  {{ exceptions.raise_not_implemented('alter_column_comment is not there for adapter ' ~ adapter.type()) }}
{%- endmacro %}

{#- The described columns that are there; a word about those that are not. -#}
{% macro validate_doc_columns(relation, column_dict, existing_column_names) %}
  {%- set have = existing_column_names | map('lower') | list -%}
  {%- set found = {} -%}
  {%- set missing = [] -%}
  {%- for name, column in column_dict.items() -%}
    {%- if (name in existing_column_names if column.quote else name | lower in have) -%}
      {%- do found.update({name: column}) -%}
    {%- else -%}
      {%- do missing.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if missing -%}
    {%- do exceptions.warn('persist_docs of ' ~ relation.render()
        ~ ': The following columns are specified in the schema but are not present in the database: '
        ~ missing | join(', ')) -%}
  {%- endif -%}
  {{ return(found) }}
{% endmacro %}

{% macro copy_grants() %}
  {{ return(adapter.dispatch('copy_grants', 'dbt')()) }}
{% endmacro %}
{% macro default__copy_grants() %}
  {{ return(true) }}
{% endmacro %}

{% macro support_multiple_grantees_per_dcl_statement() %}
  {{ return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) }}
{% endmacro %}
{% macro default__support_multiple_grantees_per_dcl_statement() %}
  {{ return(true) }}
{% endmacro %}

{#- Whether there may be grants on the relation that the config does not name. -#}
{% macro should_revoke(existing_relation, full_refresh_mode=True) %}
  {%- if not existing_relation -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return(copy_grants() if full_refresh_mode else true) }}
{% endmacro %}

{% macro get_show_grant_sql(relation) %}
  {{ return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) }}
{% endmacro %}
{% macro default__get_show_grant_sql(relation) %}
  show grants on {{ relation.render() }}
{% endmacro %}

{% macro get_grant_sql(relation, privilege, grantees) %}
  {{ return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) }}
{% endmacro %}
{%- macro default__get_grant_sql(relation, privilege, grantees) -%}
  grant {{ privilege }} on {{ relation.render() }} to {{ starc_grantees_sql(grantees) }}
{%- endmacro -%}

{% macro get_revoke_sql(relation, privilege, grantees) %}
  {{ return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) }}
{% endmacro %}
{%- macro default__get_revoke_sql(relation, privilege, grantees) -%}
  revoke {{ privilege }} on {{ relation.render() }} from {{ starc_grantees_sql(grantees) }}
{%- endmacro -%}

{#- One statement a privilege, or one a grantee where the database takes no list. -#}
{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
  {{ return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) }}
{% endmacro %}
{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
  {%- set statements = [] -%}
  {%- for privilege, grantees in grant_config.items() -%}
    {%- if support_multiple_grantees_per_dcl_statement() and grantees -%}
      {%- do statements.append(get_dcl_macro(relation, privilege, grantees)) -%}
    {%- else -%}
      {%- for grantee in grantees -%}
        {%- do statements.append(get_dcl_macro(relation, privilege, [grantee])) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(statements) }}
{% endmacro %}

{% macro call_dcl_statements(dcl_statement_list) %}
  {{ return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) }}
{% endmacro %}
{% macro default__call_dcl_statements(dcl_statement_list) %}
  {%- call statement('grants') -%}
    {{ dcl_statement_list | join(';\n') }}
  {%- endcall -%}
{% endmacro %}

{% macro apply_grants(relation, grant_config, should_revoke) %}
  {{ return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) }}
{% endmacro %}
{% macro default__apply_grants(relation, grant_config, should_revoke=True) %}
  {%- if grant_config -%}
    {%- set missing = grant_config -%}
    {%- set statements = [] -%}
    {%- if should_revoke -%}
      {%- set have = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) -%}
      {%- set names = starc_grantee_names(grant_config) -%}
      {%- set missing = starc_grants_as_written(grant_config, diff_of_two_dicts(names, have)) -%}
      {%- do statements.extend(get_dcl_statement_list(relation, diff_of_two_dicts(have, names), get_revoke_sql)) -%}
    {%- endif -%}
    {%- do statements.extend(get_dcl_statement_list(relation, missing, get_grant_sql)) -%}
    {%- if statements -%}
      {%- do call_dcl_statements(statements) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}

{#- Who is meant, as the database tells the names of those who have a grant; and who it is in SQL. A name
    that SQL cannot read as it stands is put in quotes, one that has quotes keeps them. -#}
{% macro starc_grantee_name(grantee) %}
  {{ return(adapter.dispatch('starc_grantee_name', 'dbt')(grantee)) }}
{% endmacro %}
{% macro default__starc_grantee_name(grantee) %}
  {{ return(grantee) }}
{% endmacro %}
{% macro starc_grantees_sql(grantees) %}
  {%- set all = [] -%}
  {%- for grantee in grantees -%}
    {%- do all.append(adapter.dispatch('starc_grantee_sql', 'dbt')(grantee)) -%}
  {%- endfor -%}
  {{ return(all | join(', ')) }}
{% endmacro %}
{% macro default__starc_grantee_sql(grantee) %}
  {{ return(grantee) }}
{% endmacro %}

{% macro starc_grantee_names(grant_config) %}
  {%- set names = {} -%}
  {%- for privilege, grantees in grant_config.items() -%}
    {%- do names.update({privilege: []}) -%}
    {%- for grantee in grantees -%}
      {%- do names[privilege].append(starc_grantee_name(grantee)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}

{#- Those of the config's grants that are in `names`. -#}
{% macro starc_grants_as_written(grant_config, names) %}
  {%- set written = {} -%}
  {%- for privilege, wanted in names.items() -%}
    {%- do written.update({privilege: []}) -%}
    {%- for grantee in grant_config[privilege] if starc_grantee_name(grantee) in wanted -%}
      {%- do written[privilege].append(grantee) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(written) }}
{% endmacro %}
