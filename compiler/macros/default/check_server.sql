{#- What starc check asks the target for, and makes of it where nodes are looked at. -#}

{#- Rows of schema, identifier, kind, column and type of these relations, columns in order; a relation that is not
    there has none. -#}
{% macro starc_check_sources(relations) -%}
  {{ return(adapter.dispatch('starc_check_sources', 'dbt')(relations)) }}
{%- endmacro %}
{% macro default__starc_check_sources(relations) -%}
  {%- set found = [] -%}
  {%- for relation in relations -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do found.append([relation.schema, relation.identifier, 'table', column.name,
          column.starc_type or column.data_type]) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}

{#- [name, type] of the columns that a source of files has. -#}
{% macro starc_check_files(relation) -%}
  {%- set found = [] -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- do found.append([column.name, column.starc_type or column.data_type]) -%}
  {%- endfor -%}
  {{ return(found) }}
{%- endmacro %}

{#- What models can use and no file of a project makes, each a dict: functions (name: the text that makes it),
    types (as functions), dictionaries, named collections. None: the database has no such thing. -#}
{% macro starc_check_server(part) -%}
  {{ return(adapter.dispatch('starc_check_' ~ part, 'dbt')()) }}
{%- endmacro %}
{% macro default__starc_check_functions() -%}{{ return(none) }}{%- endmacro %}
{% macro default__starc_check_types() -%}{{ return(none) }}{%- endmacro %}
{% macro default__starc_check_dictionaries() -%}{{ return(none) }}{%- endmacro %}
{% macro default__starc_check_named_collections() -%}{{ return(none) }}{%- endmacro %}

{#- Makes one of them where nodes are looked at; nothing of it is run. -#}
{% macro starc_check_make(what, name, how) -%}
  {{ return(adapter.dispatch('starc_check_make_' ~ what, 'dbt')(name, how)) }}
{%- endmacro %}
{% macro default__starc_check_make_functions(name, text) -%}
  {%- call statement('check_server') -%}{{ text }}{%- endcall -%}
{%- endmacro %}
{% macro default__starc_check_make_types(name, text) -%}
  {%- call statement('check_server') -%}{{ text }}{%- endcall -%}
{%- endmacro %}
