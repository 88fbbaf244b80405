{#- What became of a source's columns since its table was made. -#}

{#- [{kind, name, type, was}] of the columns that are not as the table has them: added, gone, widened;
    none where nothing is to be done. -#}
{% macro starc_load_drift(existing, plan) %}
  {%- set drift = [] -%}
  {%- if existing is none or should_full_refresh() -%}
    {{ return(drift) }}
  {%- endif -%}
  {%- set on_drift = config.get('on_drift') -%}
  {%- set had = {} -%}
  {%- for column in starc_load_has(existing) -%}
    {%- do had.update({column[0]: column}) -%}
  {%- endfor -%}
  {%- set come = {} -%}
  {%- for column in plan.columns -%}
    {%- do come.update({column.name: column}) -%}
    {%- if column.name not in had -%}
      {%- do drift.append({'kind': 'added', 'name': column.name, 'type': column.type, 'was': none,
          'nullable': false}) -%}
    {%- else -%}
      {%- set was = had[column.name] -%}
      {%- set how = adapter.starc_load_change(was[1], column.type, was[2], column.nullable) -%}
      {%- if how != 'same' -%}
        {%- do drift.append({'kind': how, 'name': column.name, 'type': column.type, 'was': was[1],
            'nullable': column.nullable}) -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for name in had if name not in come -%}
    {%- if not had[name][3] -%}
      {%- do drift.append({'kind': 'gone', 'name': name, 'type': had[name][1], 'was': had[name][1],
          'nullable': had[name][2]}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for change in drift -%}
    {%- do starc_load_say(change, on_drift) -%}
  {%- endfor -%}
  {{ return([] if on_drift == 'ignore' else drift) }}
{% endmacro %}

{% macro starc_load_say(change, on_drift) %}
  {%- set what = {
      'added': "has a new column '" ~ change.name ~ "' (" ~ change.type ~ ')',
      'gone': "has no column '" ~ change.name ~ "' any more: it stays, and is NULL in new rows",
      'widened': "has '" ~ change.name ~ "' as " ~ change.type ~ ', which was ' ~ change.was,
      'other': "has '" ~ change.name ~ "' as " ~ change.type ~ ', which was ' ~ change.was}[change.kind] -%}
  {%- if on_drift == 'fail' or (change.kind == 'other' and config.get('mode') != 'replace') -%}
    {%- do exceptions.starc_config_error('on_drift' if on_drift == 'fail' else 'mode',
        "the source of '" ~ model.name ~ "' " ~ what
        ~ ('' if on_drift == 'fail' else ': its table cannot take that. --full-refresh makes it anew')) -%}
  {%- elif on_drift == 'apply' -%}
    {%- do log("the source of '" ~ model.name ~ "' " ~ what, info=true) -%}
  {%- endif -%}
{% endmacro %}

{#- [name, type, whether it takes NULL, whether it is the table's own business] of a table's columns. -#}
{% macro starc_load_has(relation) %}
  {{ return(adapter.dispatch('starc_load_has', 'dbt')(relation)) }}
{% endmacro %}
{% macro default__starc_load_has(relation) %}
  {%- call statement('load_has', fetch_result=true, auto_begin=false) -%}
    select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), not a.attnotnull, a.attgenerated <> ''
    from pg_catalog.pg_attribute a
    where a.attrelid = {{ starc_load_text(relation.render()) }}::regclass and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  {%- endcall -%}
  {{ return(load_result('load_has').table.rows) }}
{% endmacro %}

{% macro starc_load_alter(relation, drift) %}
  {{ return(adapter.dispatch('starc_load_alter', 'dbt')(relation, drift)) }}
{% endmacro %}
{% macro default__starc_load_alter(relation, drift) %}
  {%- set steps = [] -%}
  {%- for change in drift -%}
    {%- set name = adapter.quote(change.name) -%}
    {%- set type -%}alter column {{ name }} type {{ change.type }}{%- endset -%}
    {%- set added -%}add column {{ name }} {{ change.type }}{%- endset -%}
    {%- set loose -%}alter column {{ name }} drop not null{%- endset -%}
    {%- if change.kind == 'added' -%}
      {%- do steps.append(added) -%}
    {%- elif change.type != change.was -%}
      {%- do steps.append(type) -%}
    {%- endif -%}
    {%- if change.kind == 'gone' or change.nullable -%}
      {%- do steps.append(loose) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if steps -%}
    {%- call statement('load_alter') -%}
      alter table {{ relation.render() }} {{ steps | join(', ') }}
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}
