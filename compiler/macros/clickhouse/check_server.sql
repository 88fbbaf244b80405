{#- starc check on ClickHouse: what is known of a server, made in the engine inside starc. -#}

{#- What is computed and not in `select *` has its kind behind its type. -#}
{% macro clickhouse__starc_check_sources(relations) -%}
  {%- set names -%}
    {%- for relation in relations -%}
      ({{ starc_ch_text(relation.schema) }}, {{ starc_ch_text(relation.identifier) }}){{ ', ' if not loop.last }}
    {%- endfor -%}
  {%- endset -%}
  {%- call statement('sources', fetch_result=true) -%}
    select c.database, c.table, t.engine, c.name,
      concat(c.type, if(c.default_kind in ('ALIAS', 'MATERIALIZED'), concat(' ', c.default_kind), ''))
    from system.columns as c
    join (select database, name, engine from system.tables where (database, name) in ({{ names }})) as t
      on t.database = c.database and t.name = c.table
    where (c.database, c.table) in ({{ names }}) and c.default_kind != 'EPHEMERAL'
    order by c.database, c.table, c.position
  {%- endcall -%}
  {{ return(load_result('sources').data) }}
{%- endmacro %}

{#- A name of anything: backslashes are read in quotes too. -#}
{% macro starc_ch_check_name(name) -%}
  {{ return('`' ~ (name | replace('\\', '\\\\') | replace('`', '\\`')) ~ '`') }}
{%- endmacro %}

{#- As texts they cannot be anything else. -#}
{% macro clickhouse__starc_check_are_types(types) -%}
  {%- call statement('check_types') -%}
    select
    {%- for type in types %}
      toTypeName(defaultValueOfTypeName({{ starc_ch_text(starc_ch_plain_type(type)) }})) as c{{ loop.index }}
      {{- ',' if not loop.last }}
    {%- endfor %}
  {%- endcall -%}
{%- endmacro %}

{#- Without the kind of what is computed. -#}
{% macro starc_ch_plain_type(type) -%}
  {{ return(modules.re.sub(' (ALIAS|MATERIALIZED)$', '', type)) }}
{%- endmacro %}

{#- A column that is computed stays out of `select *` here too; how it is computed is not known. -#}
{% macro starc_ch_check_column(name, type) -%}
  {%- set plain = starc_ch_plain_type(type) -%}
  {{ starc_ch_check_name(name) }} {{ plain }}
  {%- if plain != type %} materialized defaultValueOfTypeName({{ starc_ch_text(plain) }}){% endif -%}
{%- endmacro %}

{% macro starc_ch_check_rows(sql) -%}
  {%- call statement('server', fetch_result=true) -%}{{ sql }}{%- endcall -%}
  {{ return(load_result('server').data) }}
{%- endmacro %}

{#- Functions in SQL; dictionaries with their columns, keys and layout, without where their rows come from; named
    collections without their values. -#}
{% macro clickhouse__starc_check_functions() -%}
  {%- set functions = {} -%}
  {%- for row in starc_ch_check_rows("
      select name, create_query from system.functions where origin = 'SQLUserDefined' order by name") -%}
    {%- do functions.update({row[0]: row[1]}) -%}
  {%- endfor -%}
  {{ return(functions) }}
{%- endmacro %}

{% macro clickhouse__starc_check_dictionaries() -%}
  {%- set dictionaries = {} -%}
  {%- for row in starc_ch_check_rows("
      select d.database, d.name, d.key.names, extract(t.create_table_query, 'LAYOUT\\\\((\\\\w+)'),
        extract(t.create_table_query, 'RANGE\\\\(([^()]*)\\\\)'), c.name, c.type
      from system.dictionaries as d
      join system.tables as t on t.database = d.database and t.name = d.name
      join system.columns as c on c.database = d.database and c.table = d.name
      order by d.database, d.name, c.position") -%}
    {%- set name = row[0] ~ '.' ~ row[1] -%}
    {%- if name not in dictionaries -%}
      {%- do dictionaries.update({name: {'schema': row[0], 'name': row[1], 'keys': fromjson(row[2]),
          'layout': row[3] | lower, 'range': row[4], 'columns': {}}}) -%}
    {%- endif -%}
    {%- do dictionaries[name].columns.update({row[5]: row[6]}) -%}
  {%- endfor -%}
  {{ return(dictionaries) }}
{%- endmacro %}

{% macro clickhouse__starc_check_named_collections() -%}
  {%- set collections = {} -%}
  {%- for row in starc_ch_check_rows("select name, mapKeys(collection) from system.named_collections order by name") -%}
    {%- do collections.update({row[0]: fromjson(row[1])}) -%}
  {%- endfor -%}
  {{ return(collections) }}
{%- endmacro %}

{#- Layouts that decide how a dictionary is asked stay; others are what stands for them in memory. -#}
{% macro starc_ch_check_layout(dictionary) -%}
  {%- set layout = dictionary.layout or 'hashed' -%}
  {%- if modules.re.match('(complex_key_)?range_hashed|ip_trie|polygon|regexp_tree', layout) -%}
    {{ modules.re.match('[a-z_]+', layout).group(0) }}()
  {%- else -%}
    {{ 'complex_key_hashed()' if layout.startswith('complex_key') else 'hashed()' }}
  {%- endif -%}
{%- endmacro %}

{% macro clickhouse__starc_check_make_dictionaries(name, dictionary) -%}
  {%- call statement('check_schema') -%}
    create database if not exists {{ starc_ch_check_name(dictionary.schema) }}
  {%- endcall -%}
  {%- call statement('check_server') -%}
    create dictionary {{ starc_ch_check_name(dictionary.schema) }}.{{ starc_ch_check_name(dictionary.name) }} (
      {%- for column, type in dictionary.columns.items() %}
      {{ starc_ch_check_name(column) }} {{ type }}{{ ',' if not loop.last }}
      {%- endfor %}
    )
    primary key {% for key in dictionary['keys'] %}{{ starc_ch_check_name(key) }}{{ ', ' if not loop.last }}{% endfor %}
    source(null())
    layout({{ starc_ch_check_layout(dictionary) }})
    {% if dictionary.range %}range({{ dictionary.range }}){% endif %}
    lifetime(0)
  {%- endcall -%}
{%- endmacro %}

{% macro clickhouse__starc_check_make_named_collections(name, keys) -%}
  {%- call statement('check_server') -%}
    create named collection {{ starc_ch_check_name(name) }} as
    {%- for key in keys %} {{ starc_ch_check_name(key) }} = ''{{ ',' if not loop.last }}{% endfor %}
  {%- endcall -%}
{%- endmacro %}
