{#- What became of a source's columns since its table was made. -#}

{#- [{kind, name, type, was, nullable}] of the columns that are to be changed: added, gone, widened; none
    where nothing is to be done. A column of the plan gets the type that it has in the table then. -#}
{% macro starc_load_drift(existing, plan) %}
  {%- set drift = [] -%}
  {%- if existing is none or should_full_refresh() -%}
    {{ return(drift) }}
  {%- endif -%}
  {%- set anew = config.get('mode') == 'replace' -%}
  {%- set apply = anew or config.get('on_drift') != 'ignore' -%}
  {%- set had = {} -%}
  {%- set come = [] -%}
  {%- set taken = [] -%}
  {%- set loosened = [] -%}
  {%- for column in starc_load_has(existing) -%}
    {%- do had.update({column[0]: column}) -%}
  {%- endfor -%}
  {%- for column in plan.columns -%}
    {%- do come.append(column.name) -%}
    {%- if column.name not in had -%}
      {%- do drift.append({'kind': 'added', 'name': column.name, 'type': column.type, 'was': none,
          'came': column.type, 'nullable': true}) -%}
    {%- else -%}
      {%- set was = had[column.name] -%}
      {%- set how = adapter.starc_load_change(was[1], column.type, was[2], column.nullable) -%}
      {%- if how.kind != 'same' -%}
        {%- do drift.append({'kind': how.kind, 'name': column.name, 'type': how.type, 'was': was[1],
            'came': column.type, 'nullable': how.nullable, 'was_nullable': was[2]}) -%}
      {%- endif -%}
      {%- if how.nullable and not was[2] -%}
        {%- do loosened.append({'kind': 'loosened', 'name': column.name, 'type': was[1], 'was': was[1],
            'nullable': true}) -%}
      {%- endif -%}
      {%- if not anew -%}
        {%- set own = adapter.starc_load_nullable(was[1]) if how.nullable else was[1] -%}
        {%- do column.update({'type': how.type if apply else own}) -%}
      {%- endif -%}
    {%- endif -%}
    {%- if apply or column.name in had -%}
      {%- do taken.append(column) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do plan.update({'columns': taken}) -%}
  {%- for name in had if name not in come and not had[name][3] -%}
    {%- set gone = {'kind': 'gone', 'name': name, 'type': had[name][1], 'was': had[name][1], 'came': none,
        'nullable': true} -%}
    {%- do drift.append(gone) -%}
    {%- do loosened.append(gone) -%}
  {%- endfor -%}
  {%- for change in drift -%}
    {%- do starc_load_say(change, anew) -%}
  {%- endfor -%}
  {#- A column takes NULL in any case where its rows have it: nothing else is true of them. -#}
  {{ return(drift if apply else loosened) }}
{% endmacro %}

{% macro starc_load_say(change, anew) %}
  {%- set on_drift = config.get('on_drift') -%}
  {%- set what = starc_load_change_text(change, anew) -%}
  {%- if on_drift == 'fail' -%}
    {%- do exceptions.starc_config_error('on_drift', "the source of '" ~ model.name ~ "' " ~ what,
        hint='on_drift: apply changes the table too; --full-refresh makes it anew') -%}
  {%- elif change.kind == 'other' and not anew -%}
    {%- do exceptions.starc_config_error('mode', "the source of '" ~ model.name ~ "' " ~ what
        ~ ': its table cannot take that', hint='--full-refresh makes it anew') -%}
  {%- else -%}
    {%- do log("the source of '" ~ model.name ~ "' " ~ what
        ~ (', which is ignored' if on_drift == 'ignore' and change.kind != 'gone' and not anew else ''), info=true) -%}
  {%- endif -%}
{% endmacro %}

{% macro starc_load_change_text(change, anew) %}
  {%- if change.kind == 'added' -%}
    {{ return("has a new column '" ~ change.name ~ "' (" ~ change.type ~ ')') }}
  {%- elif change.kind == 'gone' -%}
    {{ return("has no column '" ~ change.name ~ "' any more"
        ~ (': nor has its table' if anew else ': it stays, and is NULL in new rows')) }}
  {%- elif change.was == change.came -%}
    {{ return("may have NULL in '" ~ change.name ~ "' (" ~ change.was ~ ') now') }}
  {%- endif -%}
  {{ return("has '" ~ change.name ~ "' as " ~ change.came ~ ', which was ' ~ change.was) }}
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
    {%- if change.kind != 'added' and change.nullable -%}
      {%- do steps.append(loose) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if steps -%}
    {%- call statement('load_alter') -%}
      alter table {{ relation.render() }} {{ steps | join(', ') }}
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}
