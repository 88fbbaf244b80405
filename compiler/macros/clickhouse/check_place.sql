{#- starc_check: what stands for what on ClickHouse, where the difference is of time and memory. -#}

{#- Whether the model's table is a MergeTree without anything of its own: one of the engine Null has
    the same columns, and takes half of the time and no files. Who reads it otherwise than a table
    of any engine (final, _part) is looked at again after starc_check_exact. -#}
{% macro starc_ch_check_is_plain(config) -%}
  {%- set engine = modules.re.sub('\\s|\\(\\)', '', config.get('engine') or 'MergeTree()') -%}
  {%- set plain = namespace(yes=config.get('materialized') == 'table' and engine in ['MergeTree', 'ReplicatedMergeTree']
      and not (config.get('contract') or {}).get('enforced')) -%}
  {%- for key in ['order_by', 'primary_key', 'partition_by', 'ttl', 'settings', 'projections', 'indexes'] -%}
    {%- set plain.yes = plain.yes and not config.get(key) -%}
  {%- endfor -%}
  {{ return(plain.yes) }}
{%- endmacro %}

{#- True: the relation stood for a MergeTree, and is one now. -#}
{% macro clickhouse__starc_check_exact(relation, config) -%}
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
  {%- set columns = starc_check_columns(relation) -%}
  {%- call statement('check_drop') -%}drop table {{ relation.render() }}{%- endcall -%}
  {%- call statement('check_exact') -%}
    create table {{ relation.render() }} (
      {%- for name, type in columns %}{{ adapter.quote(name) }} {{ type }}{{ ', ' if not loop.last }}{% endfor -%}
    ) engine = MergeTree order by tuple()
  {%- endcall -%}
  {{ return(true) }}
{%- endmacro %}
