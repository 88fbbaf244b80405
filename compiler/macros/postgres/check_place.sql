{#- starc_check: what stands for what on Postgres. A view of its query stands for a table: it is made in less time,
    without files, and its rule says what its columns are made of. Who reads it otherwise than a table (ctid,
    tablesample, truncate), or is planned, which computes with what stands in a view, has the table. -#}

{#- The oid of each of these relations that is a view, by its place; none of others. -#}
{% macro starc_pg_check_views(relations) -%}
  {%- call statement('check_views', fetch_result=true, auto_begin=false) -%}
    select c.oid
    from (values
      {%- for relation, config, text in relations %}
      ({{ loop.index0 }}, pg_catalog.to_regclass({{ starc_pg_text(relation.render()) }})){{ ',' if not loop.last }}
      {%- endfor %}
    ) as v (at, made)
    left join pg_catalog.pg_class c on c.oid = v.made and c.relkind = 'v'
    order by v.at
  {%- endcall -%}
  {{ return(load_result('check_views').data | map(attribute=0) | list) }}
{%- endmacro %}

{% macro postgres__starc_check_exact(relations) -%}
  {%- set views = starc_pg_check_views(relations) -%}
  {%- set statements = [] -%}
  {%- for relation, config, text in relations -%}
    {%- set oid = views[loop.index0] -%}
    {%- if oid is not none and (text is none or statements) -%}
      {%- set aside = relation.incorporate(path={'identifier': 'starc_view_' ~ oid}) -%}
      {%- set made -%}
        alter view {{ relation.render() }} rename to {{ adapter.quote(aside.identifier) }};
        create {{ 'table' if text is none else 'view' }} {{ relation.render() }}
        {% if text is none %}(like {{ aside.render() }}){% else %}as {{ text }}{% endif %}
      {%- endset -%}
      {%- do statements.append(made) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if statements -%}
    {%- call statement('check_exact') -%}
      {%- for made in statements %}{{ made }}
      ;
      {% endfor -%}
    {%- endcall -%}
  {%- endif -%}
  {{ return(statements | length > 0) }}
{%- endmacro %}

{#- Whether a build's plan may refuse what the view of a query does not: it has an operation on constants alone,
    which a plan computes (division by zero), a full join, locks, recursion, grouping sets, a pattern whose share of
    rows is estimated by its text; or a column that is named as one of the system's is. Texts of pg_node_tree have
    braces around nodes alone. A relation that is no view was not bound by its query. And how many relations it
    names. Asked of each node: so it is prepared, which nothing undoes. -#}
{% macro starc_pg_check_prepare() -%}
  {%- call statement('prepared', fetch_result=true, auto_begin=false) -%}
    select name from pg_catalog.pg_prepared_statements where name = 'starc_check_doubt'
  {%- endcall -%}
  {%- set leaf = '\\{(CONST|SQLVALUEFUNCTION|FUNCEXPR) [^{}]*\\}' -%}
  {%- call statement('prepare', auto_begin=false) -%}
    {% if load_result('prepared').data %}deallocate starc_check_doubt;{% endif %}
    prepare starc_check_doubt (pg_catalog.regclass) as
    select coalesce((
      select case
        {%- for part in [':jointype 2 ', ':rowMarks (', ':hasRecursive true', ':groupingSets (', ':arg {CONST '] %}
        when pg_catalog.strpos(t, '{{ part }}') > 0 then true
        {%- endfor %}
        when pg_catalog.strpos(t, ':opno 64') + pg_catalog.strpos(t, ':opno 122') + pg_catalog.strpos(t, ':opno 105')
          + pg_catalog.strpos(t, ':opno 123') > 0 and t ~ ':opno (64[12]|122[6-9]|105[56]|123[45]) '
          then true
        when pg_catalog.strpos(t, ':args ({CONST ') + pg_catalog.strpos(t, ':args ({SQLVALUEFUNCTION ')
          + pg_catalog.strpos(t, ':args ({FUNCEXPR ') + pg_catalog.strpos(t, ':elements ({CONST ') > 0
          then t ~ ':(args|elements) \(({{ leaf }} ?)+\)'
        else false
      end
      from pg_catalog.pg_rewrite r, lateral (select r.ev_action::text offset 0) as of_rule (t)
      where r.ev_class = $1 and r.rulename = '_RETURN'), true)
    or exists (
      select from pg_catalog.pg_attribute a
      where a.attrelid = $1 and a.attnum > 0 and a.attname in (
        select s.attname from pg_catalog.pg_attribute s
        where s.attrelid = 'pg_catalog.pg_class'::pg_catalog.regclass and s.attnum < 0)), (
      select (pg_catalog.length(t) - pg_catalog.length(pg_catalog.replace(t, ':rtekind 0 :relid ', ''))) / 18
        - (pg_catalog.length(t) - pg_catalog.length(pg_catalog.replace(t, own, ''))) / pg_catalog.length(own)
      from pg_catalog.pg_rewrite r, lateral (
        select r.ev_action::text, ':rtekind 0 :relid ' || $1::pg_catalog.oid || ' ' offset 0) as of_rule (t, own)
      where r.ev_class = $1 and r.rulename = '_RETURN')
  {%- endcall -%}
{%- endmacro %}

{% macro postgres__starc_check_doubt(relation) -%}
  ;
  execute starc_check_doubt ({{ starc_pg_text(relation.render()) }})
{%- endmacro %}

{#- Whether the plan of a query may run what people wrote: a planner computes functions of constants, and estimates
    with stable ones, whose work may be slow or stay (a sequence that goes on). Looked for in the query, in all views
    that its plan writes out, and in rules for rows. Functions of extensions are such too. A query that no view can
    be made of (`with x as (insert ..)`) may have them: it is bound, and not planned. -#}
{% macro starc_pg_check_calls(sql) -%}
  {%- set relation = this.incorporate(path={'identifier': '__dbt_check'}, type='view') -%}
  {%- set create %}create view {{ relation.render() }} as {{ sql }}{% endset -%}
  {%- set block %}begin execute {{ starc_pg_text(create) }}; exception when others then null; end{% endset -%}
  {%- call statement('check_view', auto_begin=false) -%}
    {{ starc_check_header() }}
    do {{ starc_pg_text(block) }}
  {%- endcall -%}
  {%- call statement('check_calls', fetch_result=true, auto_begin=false) -%}
    with recursive written (made) as (
      select pg_catalog.to_regclass({{ starc_pg_text(relation.render()) }})::pg_catalog.oid
      union
      select c.oid
      from written
      join pg_catalog.pg_rewrite r on r.ev_class = written.made and r.rulename = '_RETURN'
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid >= 16384
      join pg_catalog.pg_class c on c.oid = d.refobjid and c.relkind = 'v'
    )
    select made is not null, exists (
      select
      from written
      join pg_catalog.pg_rewrite r on r.ev_class = written.made and r.rulename = '_RETURN'
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
        and d.refobjid >= 16384
      left join pg_catalog.pg_class c on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and c.oid = d.refobjid
      left join pg_catalog.pg_type t on d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
        and t.oid = d.refobjid
      left join pg_catalog.pg_type e on e.oid = t.typelem
      where d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
        or c.relrowsecurity or t.typinput::pg_catalog.oid >= 16384 or e.typinput::pg_catalog.oid >= 16384)
    from (select pg_catalog.to_regclass({{ starc_pg_text(relation.render()) }})) as its (made)
  {%- endcall -%}
  {%- set found = load_result('check_calls').data[0] -%}
  {%- if found[0] -%}
    {%- do adapter.drop_relation(relation) -%}
  {%- endif -%}
  {{ return(found[1] or not found[0]) }}
{%- endmacro %}

{#- The plan of a query as a build runs it, which is enough where none is found in time; and its table. The time is
    looked at between steps of a plan, not inside of one: what is planned is small for that (EXACT_PLANNED). -#}
{% macro postgres__starc_check_as_built(sql, made) -%}
  {%- if not starc_pg_check_calls(sql) -%}
    {%- call statement('plan_limits', auto_begin=false) -%}
      set local statement_timeout = 2000;
      set local join_collapse_limit = 1;
      set local from_collapse_limit = 1
    {%- endcall -%}
    {%- call statement('main') -%}
      {{ starc_check_header() }}
      explain {{ sql }}
    {%- endcall -%}
  {%- elif not made -%}
    {%- do starc_check_nobodys_query(sql) -%}
  {%- endif -%}
  {%- if made -%}
    {%- call statement('main') -%}
      create table {{ made.incorporate(path={'identifier': '__dbt_check'}).render() }} as (
      {{ sql }}
      )
      with no data
    {%- endcall -%}
  {%- endif -%}
{%- endmacro %}
