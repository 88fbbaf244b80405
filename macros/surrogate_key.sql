{#- A key made of the columns that identify a row: the hash of their texts, the same text on every
    database. The columns must not be NULL; a `|` keeps ('1', '23') apart from ('12', '3'). -#}
{% macro surrogate_key(columns) -%}
  {%- set texts = [] -%}
  {%- for column in columns -%}
    {%- if not loop.first -%}{%- do texts.append("'|'") -%}{%- endif -%}
    {%- do texts.append('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') -%}
  {%- endfor -%}
  {{ dbt.hash(dbt.concat(texts)) }}
{%- endmacro %}
