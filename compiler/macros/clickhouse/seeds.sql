{#- ClickHouse: seeds, built beside and swapped in. -#}

{#- Text of a seed's table; columns with empty fields are Nullable, so that they stay NULL. -#}
{% macro starc_ch_seed_table(relation, model, agate_table) -%}
  {%- set given = model['config'].get('column_types') or {} -%}
  {%- set quote = model['config'].get('quote_columns', none) -%}
  {%- set parts = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- set type = api.Column.translate_type(given.get(name) or adapter.convert_type(agate_table, loop.index0)) -%}
    {%- do parts.append(adapter.quote_seed_column(name, quote) ~ ' ' ~ type) -%}
  {%- endfor -%}
  create table {{ relation.render() }} {{ on_cluster_clause(relation) }} (
    {{ parts | join(',\n    ') }}
  )
  {{ starc_ch_storage(relation) }}
{%- endmacro %}

{% macro clickhouse__create_csv_table(model, agate_table) %}
  {%- set text = starc_ch_seed_table(this, model, agate_table) -%}
  {%- call statement('create_csv_table') -%}
    {{ text }}
  {%- endcall -%}
  {{ return(text) }}
{% endmacro %}

{% macro clickhouse__starc_seed_columns(relation) %}
  {%- set found = [] -%}
  {%- for row in starc_ch_facts(relation, 'name, type', 'system.columns', 'order by position') -%}
    {%- do found.append([row[0], row[1]]) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{% materialization seed, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = make_intermediate_relation(target_relation) -%}
  {%- set agate_table = load_agate_table() -%}
  {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set text = starc_ch_seed_table(built, model, agate_table) -%}
  {%- call statement('create_csv_table') -%}
    {{ text }}
  {%- endcall -%}
  {%- set inserted = adapter.load_seed_rows(model, agate_table, built) -%}
  {%- set code = 'CREATE' if should_full_refresh() else 'INSERT' -%}
  {% call noop_statement('main', code ~ ' ' ~ inserted, code, inserted) -%}
    {{ text }}
  {%- endcall %}
  {%- do starc_swap_in(existing, built, target_relation) -%}

  {%- do starc_finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

