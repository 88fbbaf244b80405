{#- ClickHouse: what is there for the catalog, comments, grants. -#}

{% macro clickhouse__get_catalog(information_schema, schemas) -%}
  {%- set where = clickhouse__get_catalog_schemas_where_clause_sql(schemas) -%}
  {{ return(run_query(clickhouse__get_catalog_results_sql(where))) }}
{%- endmacro %}

{% macro clickhouse__get_catalog_relations(information_schema, relations) -%}
  {%- set where = clickhouse__get_catalog_relations_where_clause_sql(relations) -%}
  {{ return(run_query(clickhouse__get_catalog_results_sql(where))) }}
{%- endmacro %}

{#- A row for each column; where_clause may name the tables `columns` and `tables`. -#}
{% macro clickhouse__get_catalog_results_sql(where_clause) -%}
  select
    '' as table_database,
    columns.database as table_schema,
    columns.table as table_name,
    if(tables.engine in ('View', 'MaterializedView'), 'view', 'table') as table_type,
    nullIf(tables.comment, '') as table_comment,
    columns.name as column_name,
    columns.position as column_index,
    columns.type as column_type,
    nullIf(columns.comment, '') as column_comment,
    cast(null as Nullable(String)) as table_owner
  from system.columns as columns
  join system.tables as tables on tables.database = columns.database and tables.name = columns.table
  {{ where_clause }}
  order by table_schema, table_name, column_index
{%- endmacro %}

{% macro clickhouse__get_catalog_schemas_where_clause_sql(schemas) -%}
  {%- set names = [] -%}
  {%- for schema in schemas -%}
    {%- do names.append(starc_ch_text(schema)) -%}
  {%- endfor -%}
  where {% if names %}columns.database != 'system' and columns.database in ({{ names | join(', ') }})
  {%- else %}1 = 0{% endif %}
{%- endmacro %}

{#- A relation without an identifier stands for its whole schema. -#}
{% macro clickhouse__get_catalog_relations_where_clause_sql(relations) -%}
  {%- set wanted = [] -%}
  {%- for relation in relations -%}
    {%- if not relation.schema -%}
      {%- do exceptions.raise_compiler_error('get_catalog_relations() takes relations with a schema, not '
          ~ relation) -%}
    {%- endif -%}
    {%- set part -%}
      (columns.database = {{ starc_ch_text(relation.schema) }}
      {%- if relation.identifier %} and columns.table = {{ starc_ch_text(relation.identifier) }}{% endif %})
    {%- endset -%}
    {%- do wanted.append(part) -%}
  {%- endfor -%}
  where {% if wanted %}columns.database != 'system' and ({{ wanted | join(' or ') }}){% else %}1 = 0{% endif %}
{%- endmacro %}

{#- Comments: one statement for the relation and all its columns. Empty descriptions are left out. -#}
{% macro clickhouse__persist_docs(relation, model, for_relation, for_columns) -%}
  {%- set changes = [] -%}
  {%- if for_relation and config.persist_relation_docs() and model.description -%}
    {%- set part -%}modify comment {{ clickhouse_escape_comment(model.description) }}{%- endset -%}
    {%- do changes.append(part) -%}
  {%- endif -%}
  {%- if for_columns and config.persist_column_docs() and model.columns -%}
    {%- set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- for name, column in model.columns.items() if column.description and name in existing -%}
      {%- set part -%}
        comment column {{ adapter.quote(name) }} {{ clickhouse_escape_comment(column.description) }}
      {%- endset -%}
      {%- do changes.append(part) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if changes -%}
    {%- do run_query(one_alter_relation(relation, changes | join(', '))) -%}
  {%- endif -%}
{%- endmacro %}

{% macro one_alter_relation(relation, alter_comments) %}
  alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} {{ alter_comments }}
{% endmacro %}

{% macro one_alter_column_comment(relation, column_name, comment) %}
  alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} comment column {{
    adapter.quote(column_name) }} {{ clickhouse_escape_comment(comment) }}
{% endmacro %}

{% macro clickhouse__alter_relation_comment(relation, comment) %}
  alter table {{ relation.render() }} {{ on_cluster_clause(relation) }} modify comment {{
    clickhouse_escape_comment(comment) }}
{% endmacro %}

{#- A comment as a literal: any text can be one. -#}
{% macro clickhouse_escape_comment(comment) -%}
  {%- if comment is not string -%}
    {%- do exceptions.raise_compiler_error('a comment is text, not ' ~ comment) -%}
  {%- endif -%}
  {{ starc_ch_text(comment) }}
{%- endmacro %}

{#- Grants. -#}
{% macro clickhouse__get_show_grant_sql(relation) %}
  select toString(access_type) as privilege_type, coalesce(user_name, role_name) as grantee
  from system.grants
  where database = {{ starc_ch_text(relation.schema) }} and table = {{ starc_ch_text(relation.identifier) }}
{% endmacro %}

{% macro clickhouse__get_grant_sql(relation, privilege, grantees) -%}
  grant {{ on_cluster_clause(relation) }} {{ privilege }} on {{ relation.render() }} to {{
    starc_grantees_sql(grantees) }}
{%- endmacro %}

{% macro clickhouse__get_revoke_sql(relation, privilege, grantees) -%}
  revoke {{ on_cluster_clause(relation) }} {{ privilege }} on {{ relation.render() }} from {{
    starc_grantees_sql(grantees) }}
{%- endmacro %}

{% macro clickhouse__starc_grantee_name(grantee) %}
  {%- set name = grantee | trim -%}
  {{ return(name[1:-1] if modules.re.match('(["`\'])[^"`\']+\\1$', name) else name) }}
{% endmacro %}

{#- What SQL reads as it stands is left alone: reader, `a-b`, 'a'@'host', a, b. -#}
{% macro clickhouse__starc_grantee_sql(grantee) %}
  {%- set word = '(?:[A-Za-z_]\\w*|"[^"]+"|`[^`]+`|\'[^\']+\')' -%}
  {%- set one = word ~ '(?:@\'[^\']+\')?' -%}
  {%- if not modules.re.match('\\s*' ~ one ~ '(?:\\s*,\\s*' ~ one ~ ')*\\s*$', grantee) -%}
    {{ return(adapter.quote(grantee)) }}
  {%- endif -%}
  {{ return(grantee) }}
{% endmacro %}

{% macro clickhouse__support_multiple_grantees_per_dcl_statement() %}
  {{ return(false) }}
{% endmacro %}

{% macro clickhouse__call_dcl_statements(dcl_statement_list) %}
  {%- for text in dcl_statement_list -%}
    {%- call statement('grants') -%}
      {{ text }}
    {%- endcall -%}
  {%- endfor -%}
{% endmacro %}
