{#- A relation is replaced by a new one of its name, and a view on it still reads the old one: dropping
    that would take the view along, and its readers would miss it until its own node is run. So the
    views on it are pointed at the new one in the same transaction. A view that cannot stand on the
    new columns goes with the old relation. -#}

{#- What a project may have made its own of what follows the statement of a relation. -#}
{% macro postgres__starc_is_all() %}
  {{ return(not config.get('grants') and not config.get('indexes')
      and not config.persist_relation_docs() and not config.persist_column_docs()
      and not (pre_hooks + post_hooks) | selectattr('transaction') | list
      and adapter.starc_own_macros(['statement', 'run_hooks', 'apply_grants', 'persist_docs', 'create_indexes'])) }}
{% endmacro %}

{#- `create or replace view` touches nothing that reads the view. Refused where columns went or have other
    names or types, and where the view has what a new one has not: then it is swapped. -#}
{% macro postgres__starc_replace_view(existing, target, sql) %}
  {%- set text = adapter.starc_or_replace(get_create_view_as_sql(target, sql)) if existing is not none
      and existing.is_view else none -%}
  {%- if text is none -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set comments = config.persist_relation_docs() or config.persist_column_docs() -%}
  {%- set response = adapter.starc_replace_view(text, target.include(database=false).render(), config.get('grants'),
      comments, starc_is_all()) -%}
  {%- if response is none -%}
    {{ return(false) }}
  {%- endif -%}
  {%- do write(text) -%}
  {%- do store_result('main', response=response) -%}
  {%- if comments -%}
    {%- do starc_pg_drop_comments(target) -%}
  {%- endif -%}
  {{ return(true) }}
{% endmacro %}

{#- Of a view that stands, so that the descriptions that follow are all it has. -#}
{% macro starc_pg_drop_comments(relation) %}
  {%- set name = starc_pg_text(relation.include(database=false).render()) -%}
  {%- call statement('drop_comments') -%}
    do $starc_swap$
    declare
      one text;
    begin
      for one in select case d.objsubid when 0 then format('comment on view %s is null', c.oid::regclass)
          else format('comment on column %s.%I is null', c.oid::regclass, a.attname) end
        from pg_catalog.pg_class c
        join pg_catalog.pg_description d on d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::regclass
        left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid
        where c.oid = to_regclass({{ name }}) loop
        execute one;
      end loop;
    end
    $starc_swap$
  {%- endcall -%}
{% endmacro %}

{#- The views and materialized views on a relation, nearest first: schema, name, kind (v or m), the
    text that makes it, what belongs to it besides, its owner. `without`: a name that is not one of
    them. `names_only`: without the texts, whose making would hold a lock on the view and on what it
    reads until the transaction ends. -#}
{% macro starc_pg_dependents(relation, without='', names_only=false) %}
  {%- call statement('views_on_it', fetch_result=true) -%}
    with recursive views as (
      select c.oid, 0 as depth
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = {{ starc_pg_text(relation.schema) }} and c.relname = {{ starc_pg_text(relation.identifier) }}
      union
      select r.ev_class, views.depth + 1
      from views
      join pg_catalog.pg_depend d on d.refobjid = views.oid
      join pg_catalog.pg_rewrite r on r.oid = d.objid
      where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
        and r.ev_class <> views.oid
    ),
    found as (
      select oid, max(depth) as depth from views where depth > 0 group by oid
    )
    select
      n.nspname, c.relname, c.relkind::text,
      {%- if names_only %}
      null, null,
      {%- else %}
      format('%s %I.%I%s as %s',
        case c.relkind when 'm' then 'materialized view' else 'view' end, n.nspname, c.relname,
        coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', ''),
        rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'))
        || case when c.relkind = 'm' and not c.relispopulated then ' with no data' else '' end,
      concat_ws('; ',
        (select string_agg(pg_catalog.pg_get_indexdef(x.indexrelid), '; ') from pg_catalog.pg_index x
          where x.indrelid = c.oid),
        (select string_agg(format('grant %s on %I.%I to %s', a.privilege_type, n.nspname, c.relname,
            case a.grantee when 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end), '; ')
          from pg_catalog.aclexplode(c.relacl) a where a.grantee <> c.relowner),
        (select string_agg(case t.objsubid
            when 0 then format('comment on %s %I.%I is %L', case c.relkind when 'm' then 'materialized view'
              else 'view' end,
              n.nspname, c.relname, t.description)
            else format('comment on column %I.%I.%I is %L', n.nspname, c.relname, f.attname, t.description) end, '; ')
          from pg_catalog.pg_description t
          left join pg_catalog.pg_attribute f on f.attrelid = c.oid and f.attnum = t.objsubid and t.objsubid > 0
          where t.classoid = 'pg_catalog.pg_class'::regclass and t.objoid = c.oid)),
      {%- endif %}
      quote_ident(pg_catalog.pg_get_userbyid(c.relowner))
    from found
    join pg_catalog.pg_class c on c.oid = found.oid and c.relkind in ('v', 'm')
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not (n.nspname = {{ starc_pg_text(relation.schema) }} and c.relname = {{ starc_pg_text(without) }})
    order by found.depth, n.nspname, c.relname
  {%- endcall -%}
  {{ return(load_result('views_on_it').table.rows) }}
{% endmacro %}

{#- The same, and nobody else swaps what has views on it until this transaction ends: two that share
    a view would wait for each other. The views are locked before the relation, farthest first, in the
    order of those that read through them; a new owner that is the old one is the lock alone.
    They are asked for a moment at a time, and let go together: who reads one of them and waits for
    another goes on in the pause, and is not the one that a deadlock ends. Whose turn it is changes now
    and then, as who waits for it may hold what the other needs. Where readers leave no such moment,
    the locks are waited for as any others. -#}
{% macro starc_pg_hold_dependents(relation, without='') %}
  {%- set views = starc_pg_dependents(relation, without, names_only=true) -%}
  {%- if not views | length -%}
    {{ return(views) }}
  {%- endif -%}
  {%- set held = [] -%}
  {%- for view in views | reverse if view[2] == 'v' -%}
    {%- do held.append(starc_pg_text(adapter.quote(view[0]) ~ '.' ~ adapter.quote(view[1]))) -%}
  {%- endfor -%}
  {%- do held.append(starc_pg_text(adapter.quote(relation.schema) ~ '.'
      ~ adapter.quote(relation.identifier))) -%}
  {%- call statement('views_before_tables') -%}
    do $starc_swap$
    declare
      own constant text := current_setting('lock_timeout');
      turns int := 0;
      held text;
    begin
      <<turn>> loop
        begin
          perform pg_advisory_xact_lock(hashtext('starc swap'));
          for try in 1..8 loop
            begin
              if turns < 10 then
                perform set_config('lock_timeout', '50ms', true);
              end if;
              foreach held in array array[{{ held | join(', ') }}] loop
                begin
                  execute (select format('alter table %s owner to %I', c.oid::regclass, pg_get_userbyid(c.relowner))
                    from pg_catalog.pg_class c where c.oid = to_regclass(held));
                exception
                  when lock_not_available or deadlock_detected then raise;
                  when others then null;
                end;
              end loop;
              perform set_config('lock_timeout', own, true);
              exit turn;
            exception when lock_not_available or deadlock_detected then
              if try = 8 or turns >= 10 then
                raise;
              end if;
              perform pg_sleep(0.02 + 0.08 * random());
            end;
          end loop;
        exception when lock_not_available or deadlock_detected then
          if turns >= 20 or turns >= 10 and own <> '0' then
            raise;
          end if;
          turns := turns + 1;
          perform pg_sleep(0.2 * random());
        end;
      end loop;
    end
    $starc_swap$
  {%- endcall -%}
  {{ return(starc_pg_dependents(relation, without)) }}
{% endmacro %}

{#- Makes the views anew where their names now lead. One statement; each view is tried alone, first in
    place, which keeps what hangs on it. -#}
{% macro starc_pg_point_anew(views) %}
  {%- call statement('point_views_anew') -%}
    do $starc_swap$
    begin
    {%- for view in views %}
      {%- set name = adapter.quote(view[0]) ~ '.' ~ adapter.quote(view[1]) -%}
      {%- set kind = 'materialized view' if view[2] == 'm' else 'view' %}
      declare
        there boolean := to_regclass({{ starc_pg_text(name) }}) is not null;
      begin
        {%- if view[2] == 'v' %}
        create or replace {{ view[3] }};
        {%- else %}
        drop {{ kind }} if exists {{ name }} cascade;
        create {{ view[3] }};
        there := false;
        {%- endif %}
        if not there then
          null; {{ view[4] ~ ';' if view[4] }}
        end if;
      exception when others then
        begin
          drop {{ kind }} if exists {{ name }} cascade;
          create {{ view[3] }};
          {{ view[4] ~ ';' if view[4] }}
        exception when others then
          null;
        end;
      end;
    {%- endfor %}
    end
    $starc_swap$
  {%- endcall -%}
{% endmacro %}

{#- Views that could not be made anew: the cache is told, and the user, of one that this run does not
    make by itself. The text that made it is in the log. -#}
{% macro starc_pg_forget_lost(views) %}
  {%- call statement('views_lost', fetch_result=true) -%}
    select v.s, v.n, v.k
    from (values
      {%- for view in views %}
      ({{ starc_pg_text(view[0]) }}, {{ starc_pg_text(view[1]) }},
        {{ starc_pg_text(view[2]) }}){{ ',' if not loop.last }}
      {%- endfor %}
    ) as v (s, n, k)
    where to_regclass(quote_ident(v.s) || '.' || quote_ident(v.n)) is null
  {%- endcall -%}
  {%- for row in load_result('views_lost').table.rows -%}
    {%- set lost = api.Relation.create(database=target.database, schema=row[0], identifier=row[1],
        type='materialized_view' if row[2] == 'm' else 'view') -%}
    {%- set made = graph.nodes.values() | selectattr('relation_name', 'equalto', lost.render())
        | map(attribute='unique_id') | select('in', selected_resources) | list -%}
    {%- for view in views if view[0] == row[0] and view[1] == row[1] -%}
      {%- do log('dropped with what it read: create ' ~ view[3]) -%}
    {%- endfor -%}
    {%- if not made -%}
      {%- do exceptions.warn('the ' ~ lost.type | replace('_', ' ') ~ ' ' ~ lost.render()
          ~ ' was dropped with the old ' ~ this.render()
          ~ ': it could not be made anew on the new one (a column that it reads is gone, or its owner may not); '
          ~ 'the log has the text that made it') -%}
    {%- endif -%}
    {%- do adapter.cache_dropped(lost) -%}
  {%- endfor -%}
{% endmacro %}

{#- Where nothing stands it is built as itself: a transaction that ends early leaves nothing there. -#}
{% macro postgres__starc_built_as(existing, target) %}
  {{ return(target if existing is none else make_intermediate_relation(target)) }}
{% endmacro %}

{% macro postgres__starc_swap_in(existing, built, target) %}
  {%- if existing is none -%}
    {%- if built.identifier != target.identifier -%}
      {%- do adapter.rename_relation(built, target) -%}
    {%- endif -%}
  {%- else -%}
    {%- set backup = make_backup_relation(target, existing.type) -%}
    {%- set views = starc_pg_hold_dependents(existing, built.identifier) -%}
    {%- do starc_pg_remember_keys(existing, built) -%}
    {%- do adapter.rename_relation(existing, backup) -%}
    {%- do adapter.rename_relation(built, target) -%}
    {%- if views | length -%}
      {%- do starc_pg_point_anew(views) -%}
    {%- endif -%}
    {%- do starc_pg_drop_replaced(backup, views) -%}
  {%- endif -%}
{% endmacro %}

{#- A seed that is made anew: the old table stands aside until the views on it read the new one. Of one
    that stays the rows go and come back: no `on delete` is to follow them. -#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {%- if not full_refresh -%}
    {%- do starc_lift_keys(old_relation) -%}
    {{ return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
  {%- endif -%}
  {%- set backup = make_backup_relation(old_relation, old_relation.type) -%}
  {%- set views = starc_pg_hold_dependents(old_relation) -%}
  {%- do starc_pg_remember_keys(old_relation) -%}
  {%- do drop_relation_if_exists(load_cached_relation(backup)) -%}
  {%- do adapter.rename_relation(old_relation, backup) -%}
  {%- set text = create_csv_table(model, agate_table) -%}
  {%- if views | length -%}
    {%- do starc_pg_point_anew(views) -%}
  {%- endif -%}
  {%- do starc_pg_drop_replaced(backup, views) -%}
  {{ return(text) }}
{% endmacro %}
