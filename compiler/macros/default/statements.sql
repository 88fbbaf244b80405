{#- Talking to the database: one statement, a query's rows, the hooks of a node. -#}

{#- Runs the body. `main` names the statement that a node's result is taken from. -#}
{%- macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
  {%- if execute -%}
    {%- if language != 'sql' -%}
      {%- do exceptions.raise_compiler_error("statement(): starc runs sql, not '" ~ language ~ "'") -%}
    {%- endif -%}
    {%- set text = caller() -%}
    {%- if name == 'main' -%}
      {%- do write(text) -%}
    {%- endif -%}
    {%- set answer = adapter.execute(text, auto_begin=auto_begin, fetch=fetch_result) -%}
    {%- if name is not none -%}
      {%- do store_result(name, response=answer[0], agate_table=answer[1]) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{#- A result for a node that has nothing to run. -#}
{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
  {%- if execute and name is not none -%}
    {%- if name == 'main' -%}
      {%- do write(caller()) -%}
    {%- endif -%}
    {%- do store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) -%}
  {%- endif -%}
{%- endmacro %}

{% macro run_query(sql) %}
  {%- call statement('run_query_statement', fetch_result=true, auto_begin=false) -%}
    {{ sql }}
  {%- endcall -%}
  {%- do return(load_result('run_query_statement').table) -%}
{% endmacro %}

{#- The hooks of one kind: those inside the node's transaction, or those outside of any. -#}
{% macro run_hooks(hooks, inside_transaction=true) %}
  {%- for hook in hooks if hook.transaction == inside_transaction -%}
    {%- if loop.first and not inside_transaction -%}
      {%- do adapter.commit() -%}
    {%- endif -%}
    {%- set text = render(hook.sql) | trim -%}
    {%- if text -%}
      {%- call statement(auto_begin=inside_transaction) -%}
        {{ text }}
      {%- endcall -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}

{% macro make_hook_config(sql, inside_transaction) %}
  {{- tojson({'sql': sql, 'transaction': inside_transaction}) -}}
{% endmacro %}

{% macro before_begin(sql) %}
  {{- make_hook_config(sql, inside_transaction=false) -}}
{% endmacro %}

{% macro in_transaction(sql) %}
  {{- make_hook_config(sql, inside_transaction=true) -}}
{% endmacro %}

{% macro after_commit(sql) %}
  {{- make_hook_config(sql, inside_transaction=false) -}}
{% endmacro %}

{#- {% call set_sql_header(config) %} ... {% endcall %}: text in front of the create statement. -#}
{% macro set_sql_header(config) -%}
  {%- do config.set('sql_header', caller()) -%}
{%- endmacro %}

{% macro validate_sql(sql) -%}
  {{ return(adapter.dispatch('validate_sql', 'dbt')(sql)) }}
{%- endmacro %}

{% macro default__validate_sql(sql) -%}
  {%- call statement('validate_sql') -%}
    explain {{ sql }}
  {%- endcall -%}
  {{ return(load_result('validate_sql')) }}
{%- endmacro %}

{#- The query of `starc show`, cut to so many rows; also what a limited test reads. -#}
{% macro get_show_sql(compiled_code, sql_header, limit) -%}
  {%- if sql_header is not none and sql_header %}
  {{ sql_header }}
  {%- endif %}
  {{ get_limit_subquery_sql(compiled_code, limit) }}
{%- endmacro %}

{% macro get_limit_subquery_sql(sql, limit) -%}
  {{ return(adapter.dispatch('get_limit_sql', 'dbt')(sql, limit)) }}
{%- endmacro %}

{% macro get_limit_sql(sql, limit) -%}
  {{ return(adapter.dispatch('get_limit_sql', 'dbt')(sql, limit)) }}
{%- endmacro %}

{% macro default__get_limit_sql(sql, limit) -%}
  {{ adapter.starc_limited(sql, limit) }}
{%- endmacro %}

{#- The first rows of a relation, for the documentation page: a table. -#}
{% macro starc_get_sample(relation, limit) -%}
  {%- set query -%}
    select * from {{ relation }}
  {%- endset -%}
  {{ return(run_query(get_limit_subquery_sql(query, limit))) }}
{%- endmacro %}

{#- What a run asks of a node that has run; the program calls these by name. -#}

{#- The rows that a test's statement gave, as dicts. -#}
{% macro starc_test_rows() %}
  {%- set found = [] -%}
  {%- for row in load_result('main').table.rows -%}
    {%- do found.append(row.dict()) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{#- Names and rows of what a unit test's statement gave. -#}
{% macro starc_unit_test_table() %}
  {{ return([load_result('main').table.column_names | list, load_result('main').data]) }}
{% endmacro %}

{#- The cache learns of the relations that a materialization made. A table of the name of a function
    stays what the name means. -#}
{% macro starc_remember(relations) %}
  {%- for made in relations
      if not (made.is_function and adapter.get_relation(made.database, made.schema, made.identifier)) -%}
    {%- do adapter.cache_added(made) -%}
  {%- endfor -%}
{% endmacro %}
