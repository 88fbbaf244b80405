{#- starc_check: what stands for what on ClickHouse, where the difference is of time and memory. -#}

{#- Whether a table of the engine Null can stand for the model's view or its MergeTree without anything of
    its own. It has the same columns; a MergeTree takes twice the time and files, and a chain of views is
    planned anew with each that reads it. Who reads it otherwise than a table of any engine (final, _part) is
    looked at again after starc_check_exact; a type that no table takes (null without one) makes the view. -#}
{% macro starc_ch_check_is_plain(config) -%}
  {%- if config.get('starc_check_exact') -%}
    {{ return(false) }}
  {%- elif config.get('materialized') == 'view' -%}
    {{ return(not config.get('sql_security')) }}
  {%- endif -%}
  {%- set engine = modules.re.sub('\\s|\\(\\)', '', config.get('engine') or 'MergeTree()') -%}
  {%- set plain = namespace(yes=config.get('materialized') == 'table' and engine in ['MergeTree', 'ReplicatedMergeTree']
      and not (config.get('contract') or {}).get('enforced')) -%}
  {%- for key in ['order_by', 'primary_key', 'partition_by', 'ttl', 'settings', 'projections', 'indexes'] -%}
    {%- set plain.yes = plain.yes and not config.get(key) -%}
  {%- endfor -%}
  {{ return(plain.yes) }}
{%- endmacro %}

{% macro clickhouse__starc_check_exact(relations) -%}
  {%- set changed = [] -%}
  {%- for relation, config, text in relations if starc_ch_check_exact(relation, config) -%}
    {%- do changed.append(relation) -%}
  {%- endfor -%}
  {{ return(changed | length > 0) }}
{%- endmacro %}

{#- True: the relation stood for a MergeTree or a view, and is one now. -#}
{% macro starc_ch_check_exact(relation, config) -%}
  {%- if not starc_ch_check_is_plain(config) -%}
    {{ return(false) }}
  {%- endif -%}
  {%- call statement('check_engine', fetch_result=true, auto_begin=false) -%}
    select engine from system.tables
    where database = {{ starc_ch_text(relation.schema) }} and name = {{ starc_ch_text(relation.identifier) }}
  {%- endcall -%}
  {%- set found = load_result('check_engine').data -%}
  {%- if not found or found[0][0] != 'Null' -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set view = config.get('materialized') == 'view' -%}
  {%- set columns = starc_check_columns(relation) -%}
  {%- call statement('check_drop') -%}drop table {{ relation.render() }}{%- endcall -%}
  {%- call statement('check_exact') -%}
    {%- if view %}
    create view {{ relation.render() }} as select
      {%- for name, type in columns %}
      defaultValueOfTypeName({{ starc_ch_text(type) }}) as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
      {%- endfor %}
    from system.one
    {%- else %}
    create table {{ relation.render() }} (
      {%- for name, type in columns %}{{ adapter.quote(name) }} {{ type }}{{ ', ' if not loop.last }}{% endfor -%}
    ) engine = MergeTree order by tuple()
    {%- endif %}
  {%- endcall -%}
  {{ return(true) }}
{%- endmacro %}

{#- What a node made before it was refused. -#}
{% macro clickhouse__starc_check_undo(relation) -%}
  {%- call statement('check_undo') -%}drop table if exists {{ relation.render() }}{%- endcall -%}
{%- endmacro %}
