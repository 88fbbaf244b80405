{#- Postgres: foreign keys to a table that is replaced, or whose rows go and come back in one transaction.
    Dropping the old table takes them along, and deleting its rows follows `on delete`. So they are taken
    off first, and stand again, as they were, before the transaction ends: after the hooks, which may
    make the unique key that they need. One that cannot stand is an error, and all stays as it was. -#}

{#- [{schema, table, name, text, comment, itself}] of the foreign keys to a table. `itself`: of the table's own. -#}
{% macro starc_pg_keys_to(relation) %}
  {%- call statement('keys_to_it', fetch_result=true) -%}
    select n.nspname, c.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid),
      pg_catalog.obj_description(k.oid, 'pg_constraint'), k.conrelid = k.confrelid
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and k.conparentid = 0
      and k.confrelid = to_regclass({{ starc_pg_text(relation.include(database=false).render()) }})
    order by 1, 2, 3
  {%- endcall -%}
  {%- set keys = [] -%}
  {%- for row in load_result('keys_to_it').table.rows -%}
    {%- do keys.append({'schema': row[0], 'table': row[1], 'name': row[2], 'text': row[3], 'comment': row[4],
        'itself': row[5]}) -%}
  {%- endfor -%}
  {{ return(keys) }}
{% endmacro %}

{#- Remembers the foreign keys to a table that `built` replaces, and locks the tables that it refers to:
    those before it, as those who replace them do, and no more than a new key needs, since this
    transaction may have read them as others beside it have. A key of the new table to the old one
    goes on with the name that the new one gets. -#}
{% macro starc_pg_remember_keys(existing, built=none) %}
  {%- if existing.is_table -%}
    {%- do starc_pg_lock_above(existing, 'share row exclusive') -%}
    {%- set keys = starc_pg_keys_to(existing) -%}
    {%- for key in keys if key.schema == existing.schema and built is not none and key.table == built.identifier -%}
      {%- do key.update({'table': existing.identifier, 'itself': true}) -%}
    {%- endfor -%}
    {%- do config.set('starc_keys', (config.get('starc_keys') or []) + keys) -%}
  {%- endif -%}
{% endmacro %}

{#- Locks the tables that foreign keys of a table refer to, in the order of their names. One whose rights
    do not reach that far is left. Returns whether there are any. -#}
{% macro starc_pg_lock_above(relation, mode) %}
  {%- call statement('tables_it_refers_to', fetch_result=true) -%}
    select distinct k.confrelid::regclass::text
    from pg_catalog.pg_constraint k
    where k.contype = 'f' and k.confrelid <> k.conrelid
      and k.conrelid = to_regclass({{ starc_pg_text(relation.include(database=false).render()) }})
    order by 1
  {%- endcall -%}
  {%- set above = load_result('tables_it_refers_to').table.rows | map(attribute=0) | list -%}
  {%- if above -%}
    {%- call statement('tables_before_what_refers_to_them') -%}
      do $starc_swap$
      begin
      {%- for table in above %}
        begin
          lock table {{ table }} in {{ mode }} mode;
        exception when insufficient_privilege then
          null;
        end;
      {%- endfor %}
      end
      $starc_swap$
    {%- endcall -%}
  {%- endif -%}
  {{ return(above | length > 0) }}
{% endmacro %}

{#- Drops what was replaced; views: those that read it. A table that refers to others goes after the
    commit: its keys go with it, which locks those tables against every reader, and two that have read
    one of them in their transactions would wait for each other. -#}
{% macro starc_pg_drop_replaced(backup, views) %}
  {%- if backup.is_table and starc_pg_lock_above(backup, 'access share') -%}
    {%- for key in starc_pg_keys_to(backup) if not key.itself -%}
      {%- do starc_pg_drop_key(key) -%}
    {%- endfor -%}
    {%- do starc_pg_free_key_names(backup) -%}
    {%- do config.set('starc_replaced', (config.get('starc_replaced') or []) + [[backup, views]]) -%}
  {%- else -%}
    {%- do starc_pg_drop_with_keys(backup, views) -%}
  {%- endif -%}
{% endmacro %}

{#- Gives the names of a table's foreign keys to the table that replaces it, whose hooks may add them anew. -#}
{% macro starc_pg_free_key_names(backup) %}
  {%- set table = starc_pg_text(backup.include(database=false).render()) -%}
  {%- call statement('key_names_free') -%}
    do $starc_swap$
    declare
      key name;
    begin
      for key in select conname from pg_catalog.pg_constraint
        where contype = 'f' and conrelid = to_regclass({{ table }}) loop
        execute format('alter table %s rename constraint %I to %I', to_regclass({{ table }}), key,
          left(key, 20) || md5(key) || '_backup');
      end loop;
    end
    $starc_swap$
  {%- endcall -%}
{% endmacro %}

{% macro starc_pg_drop_with_keys(backup, views) %}
  {%- do adapter.drop_relation(backup) -%}
  {%- if views | length -%}
    {%- do starc_pg_forget_lost(views) -%}
  {%- endif -%}
{% endmacro %}

{#- Ends the transaction where such a table is left, and drops it in one of its own. -#}
{% macro starc_pg_drop_after_commit() %}
  {%- set replaced = config.get('starc_replaced') or [] -%}
  {%- do config.set('starc_replaced', []) -%}
  {%- for backup, views in replaced -%}
    {%- do adapter.commit() -%}
    {%- do starc_pg_lock_above(backup, 'access exclusive') -%}
    {%- do starc_pg_drop_with_keys(backup, views) -%}
  {%- endfor -%}
{% endmacro %}

{% macro starc_pg_drop_key(key) %}
  {%- call statement('lift_foreign_key') -%}
    alter table {{ adapter.quote(key.schema) }}.{{ adapter.quote(key.table) }}
      drop constraint {{ adapter.quote(key.name) }}
  {%- endcall -%}
{% endmacro %}

{#- Takes the foreign keys of other tables off a table that keeps its name and gets other rows. -#}
{% macro postgres__starc_lift_keys(relation) %}
  {%- set lifted = [] -%}
  {%- for key in starc_pg_keys_to(relation) if not key.itself -%}
    {%- do lifted.append(key) -%}
    {%- do starc_pg_drop_key(key) -%}
  {%- endfor -%}
  {%- do config.set('starc_keys', (config.get('starc_keys') or []) + lifted) -%}
{% endmacro %}

{#- The foreign keys that were taken off stand again. Where a model of this run makes the table anew
    that has the key, rows that do not fit it yet are left to that model. -#}
{% macro postgres__starc_restore_keys() %}
  {%- for key in config.get('starc_keys') or [] -%}
    {%- set table = adapter.quote(key.schema) ~ '.' ~ adapter.quote(key.table) -%}
    {%- set goes = starc_pg_is_made_anew(key.schema, key.table) -%}
    {%- set add -%}
      alter table {{ table }} add constraint {{ adapter.quote(key.name) }} {{ key.text }}
    {%- endset -%}
    {%- call statement('restore_foreign_key', fetch_result=true) -%}
      do $starc_swap$
      declare
        it regclass := to_regclass({{ starc_pg_text(table) }});
        state text;
        said text;
        told text;
      begin
        perform set_config('starc.key', '', true);
        {%- if key.itself %}
        if exists (select from pg_catalog.pg_class where oid = it and relkind <> 'r') then
          return; -- a view has no keys
        end if;
        {%- endif %}
        if it is null or exists (select from pg_catalog.pg_constraint
          where conrelid = it and (conname = {{ starc_pg_text(key.name) }}
            or {{ 'true' if key.itself else 'false' }} and contype = 'f'
              and pg_catalog.pg_get_constraintdef(oid) = {{ starc_pg_text(key.text) }})) then
          return;
        end if;
        begin
          {{ add }};
        exception when others then
          get stacked diagnostics state = returned_sqlstate, said = message_text, told = pg_exception_detail;
          perform set_config('starc.key', case when state = '23503' then told else said end, true);
        end;
        {%- if goes and not key.text.endswith('NOT VALID') %}
        if current_setting('starc.key') <> '' then
          begin
            {{ add }} not valid;
          exception when others then
            null;
          end;
        end if;
        {%- endif %}
        {%- if key.comment %}
        if current_setting('starc.key') = '' then
          comment on constraint {{ adapter.quote(key.name) }} on {{ table }} is {{ starc_pg_text(key.comment) }};
        end if;
        {%- endif %}
      end
      $starc_swap$;
      select current_setting('starc.key')
    {%- endcall -%}
    {%- set why = load_result('restore_foreign_key').table.rows[0][0] -%}
    {%- if why and goes -%}
      {%- do log('the foreign key ' ~ key.name ~ ' of ' ~ table ~ ' does not fit the new ' ~ this.render()
          ~ ' until its own model is run: ' ~ why) -%}
    {%- elif why -%}
      {%- do exceptions.starc_config_error('materialized', "the foreign key '" ~ key.name ~ "' of " ~ key.schema
          ~ '.' ~ key.table ~ " cannot refer to the new '" ~ model.name ~ "': " ~ why,
          'nothing was changed: build what holds the key in the same run (' ~ model.name
              ~ '+), mend the rows, or drop the key: alter table ' ~ table ~ ' drop constraint '
              ~ adapter.quote(key.name)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do config.set('starc_keys', []) -%}
  {%- do starc_pg_drop_after_commit() -%}
{% endmacro %}

{#- Whether a model below this one replaces the table later in this run. -#}
{% macro starc_pg_is_made_anew(schema, name) %}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.alias == name
      and node.schema == schema and node.unique_id != model.unique_id -%}
    {%- set anew = node.config.materialized in ['table', 'view', 'materialized_view']
        or (flags.FULL_REFRESH and node.config.get('full_refresh') is not false) -%}
    {{ return(anew and node.unique_id in selected_resources and starc_pg_is_below(node, {})) }}
  {%- endfor -%}
  {{ return(false) }}
{% endmacro %}

{#- Whether a node is built after this one. `seen`: the ids that were looked at. -#}
{% macro starc_pg_is_below(node, seen) %}
  {%- for id in node.depends_on.nodes if id not in seen -%}
    {%- do seen.update({id: true}) -%}
    {%- if id == model.unique_id or (id in graph.nodes and starc_pg_is_below(graph.nodes[id], seen)) -%}
      {{ return(true) }}
    {%- endif -%}
  {%- endfor -%}
  {{ return(false) }}
{% endmacro %}

{#- Names of keys are the schema's, and the table that is replaced has those that the new one is made
    with: they are put aside. Readers do not wait for it. -#}
{% macro starc_pg_names_aside(relation, text) %}
  {%- set own = graph.nodes.get(model.unique_id, model).alias -%}
  {%- call statement('names_taken', fetch_result=true) -%}
    select i.relname, left(i.relname, 40) || '_' || left(md5(i.relname), 8) || '__dbt_backup'
    from pg_catalog.pg_index x
    join pg_catalog.pg_class i on i.oid = x.indexrelid
    join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    where n.nspname = {{ starc_pg_text(relation.schema) }} and t.relname = {{ starc_pg_text(own) }}
      and position(lower(i.relname) in lower({{ starc_pg_text(text) }})) > 0
  {%- endcall -%}
  {%- for row in load_result('names_taken').table.rows -%}
    {%- call statement('name_aside') -%}
      alter index {{ adapter.quote(relation.schema) }}.{{ adapter.quote(row[0]) }} rename to {{ adapter.quote(row[1]) }}
    {%- endcall -%}
  {%- endfor -%}
{% endmacro %}
