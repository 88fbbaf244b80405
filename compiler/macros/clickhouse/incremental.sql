{#- ClickHouse: incremental models. There are no transactions: the rows of a run are gathered in a
    table beside (__dbt_new_data), and come into the table in one step. Rows that only come in and
    make one part are attached; where there are more parts, rows are replaced or columns change, a
    second table with the same parts (__dbt_tmp) is changed and swapped in. A run that dies leaves
    the table as it was; the next run drops what it left. -#}

{#- dbt-clickhouse has one of its own too: manifests name it so. -#}
{% macro is_incremental() %}
  {{ return(starc_adds_rows(['incremental', 'distributed_incremental'])) }}
{% endmacro %}

{#- Where the rows of this run are kept until they are in the table. -#}
{% macro starc_ch_new_data(relation) %}
  {{ return(make_temp_relation(relation, '__dbt_new_data').incorporate(type='table')) }}
{% endmacro %}

{#- {engine, watched}: watched, when views are fed by inserts into the table or write into it. They
    would not see rows that a swap brings, or lose theirs to it. -#}
{% macro starc_ch_table_facts(relation) %}
  {%- set row = starc_ch_facts(relation, 'engine, notEmpty(dependencies_table)')[0] -%}
  {{ return({'engine': row[0], 'parts': 'MergeTree' in row[0],
             'watched': row[1] | int > 0 or relation.mvs_pointing_to_it | length > 0}) }}
{% endmacro %}

{#- A second table with the same rows: parts are shared, not copied, where the engine has parts. -#}
{% macro starc_ch_clone(relation, copy, has_parts=none) %}
  {%- if (starc_ch_table_facts(relation).parts if has_parts is none else has_parts) -%}
    {%- set text -%}
      create table {{ copy.render() }} {{ on_cluster_clause(copy) }} clone as {{ relation.render() }}
    {%- endset -%}
    {%- do run_query(text) -%}
  {%- else -%}
    {%- set text -%}
      create table {{ copy.render() }} {{ on_cluster_clause(copy) }} as {{ relation.render() }}
    {%- endset -%}
    {%- do run_query(text) -%}
    {%- set text -%}insert into {{ copy.render() }} select * from {{ relation.render() }}{%- endset -%}
    {%- do run_query(text) -%}
  {%- endif -%}
{% endmacro %}

{#- Brings a table's columns to those of the query: {columns_to_add, columns_to_drop,
    columns_to_modify}. All in one ALTER. -#}
{% macro clickhouse__apply_column_changes(column_changes, existing_relation, is_distributed=false) %}
  {%- set steps = [] -%}
  {%- if column_changes.on_schema_change == 'sync_all_columns' -%}
    {%- for column in column_changes.columns_to_drop -%}
      {%- set part -%}drop column if exists {{ adapter.quote(column.name) }}{%- endset -%}
      {%- do steps.append(part) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if column_changes.on_schema_change in ['sync_all_columns', 'append_new_columns'] -%}
    {%- for column in column_changes.columns_to_add -%}
      {%- set codec = model['columns'].get(column.name, {}).get('codec') -%}
      {%- set part -%}
        add column if not exists {{ adapter.quote(column.name) }} {{ column.starc_type
            or column.data_type }} {{ codec_clause(codec) }}
      {%- endset -%}
      {%- do steps.append(part) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if column_changes.on_schema_change == 'sync_all_columns' -%}
    {%- for column in column_changes.columns_to_modify -%}
      {%- set part -%}
        modify column if exists {{ adapter.quote(column.name) }} {{ column.starc_type or column.data_type }}
      {%- endset -%}
      {%- do steps.append(part) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if steps -%}
    {%- set tables = [existing_relation] -%}
    {%- if is_distributed -%}
      {%- set tables = [starc_ch_local(existing_relation), existing_relation] -%}
    {%- endif -%}
    {%- for table in tables -%}
      {%- call statement('alter_columns') -%}
        alter table {{ table.render() }} {{ on_cluster_clause(existing_relation) }} {{ steps | join(', ') }}
      {%- endcall -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}

{#- The strategy that is meant: what the config names, else the profile's; only new rows without a
    key to replace by. -#}
{% macro starc_ch_strategy(keys, predicates) %}
  {%- set named = config.get('incremental_strategy') or 'default' -%}
  {%- set strategy = adapter.calculate_incremental_strategy(named) -%}
  {%- if config.get('inserts_only') or (not keys and strategy in ['append', 'delete_insert', 'legacy', 'merge']) -%}
    {%- if not config.get('inserts_only') -%}
      {%- do starc_warn_without_key(named) -%}
      {%- do starc_ch_warn_of_predicates(strategy) -%}
    {%- endif -%}
    {{ return('append') }}
  {%- endif -%}
  {%- if strategy == 'microbatch' and not keys -%}
    {{ return(strategy) }}
  {%- endif -%}
  {%- if strategy in ['append', 'delete_insert', 'insert_overwrite', 'legacy', 'microbatch']
      or not starc_has_macro('get_incremental_' ~ strategy ~ '_sql') -%}
    {%- do adapter.validate_incremental_strategy(strategy, predicates, config.get('unique_key')
        if strategy != 'append' else none, config.get('partition_by')) -%}
  {%- endif -%}
  {{ return(strategy) }}
{% endmacro %}

{#- Without a key nothing is replaced that they could narrow. -#}
{% macro starc_ch_warn_of_predicates(strategy) %}
  {%- for name in ['predicates', 'incremental_predicates'] if strategy == 'append' and config.get(name) -%}
    {%- do exceptions.starc_config_warn(name,
        "without a unique_key the predicates have no effect: each run appends its rows to '" ~ model.name ~ "'",
            "they narrow what delete_insert and microbatch replace") -%}
  {%- endfor -%}
{% endmacro %}

{% macro starc_has_macro(name) %}
  {{ return(context.get(name) is not none and context.get(name) is defined) }}
{% endmacro %}

{#- Conditions on the rows that are replaced. A batch of a microbatch model replaces its own time. -#}
{% macro starc_ch_predicates(strategy) %}
  {%- set given = config.get('predicates') or config.get('incremental_predicates') or [] -%}
  {%- set predicates = [given] if given is string else given | list -%}
  {%- if strategy == 'microbatch' -%}
    {%- set batch = adapter.starc_batch_condition() -%}
    {%- if batch -%}
      {%- do predicates.append(batch) -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(predicates) }}
{% endmacro %}

{% materialization incremental, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = make_intermediate_relation(target_relation) -%}
  {%- set new_data = starc_ch_new_data(target_relation) -%}
  {%- set keys = starc_key_columns(config.get('unique_key')) -%}
  {%- do incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set strategy = starc_ch_strategy(keys, config.get('predicates') or config.get('incremental_predicates') or []) -%}
  {%- set predicates = starc_ch_predicates(strategy) -%}
  {%- set rebuild = existing is none or should_full_refresh() or not existing.is_table -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_ch_take_over_new_data(existing, new_data, keys, rebuild) -%}
  {%- do starc_drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if rebuild -%}
    {% call statement('main') -%}
      {{ get_create_table_as_sql(false, built, sql) }}
    {%- endcall %}
    {%- if strategy in ['delete_insert', 'legacy', 'microbatch'] -%}
      {%- do starc_warn_of_key(built, keys) -%}
    {%- endif -%}
    {%- if strategy == 'microbatch' -%}
      {%- do starc_need_columns(built, [adapter.starc_batch_condition() or config.get('event_time')]) -%}
    {%- endif -%}
    {%- do starc_swap_in(existing, built, target_relation) -%}
  {%- elif strategy in ['delete_insert', 'microbatch'] -%}
    {%- do clickhouse__incremental_delete_insert(existing, config.get('unique_key'), predicates) -%}
  {%- elif strategy == 'insert_overwrite' -%}
    {%- do clickhouse__incremental_insert_overwrite(existing, config.get('partition_by')) -%}
  {%- elif strategy == 'legacy' -%}
    {%- do clickhouse__incremental_legacy(existing, built, none, config.get('unique_key')) -%}
  {%- else -%}
    {%- do starc_ch_increment(strategy, existing, keys, predicates) -%}
  {%- endif -%}

  {%- do starc_finish_relation(existing, target_relation, rebuild) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Strategies by the names that projects know; each takes all its steps. -#}
{% macro clickhouse__incremental_delete_insert(existing_relation, unique_key, incremental_predicates,
    is_distributed=false) %}
  {%- do starc_ch_increment('delete_insert', existing_relation, starc_key_columns(unique_key),
      incremental_predicates, is_distributed) -%}
{% endmacro %}

{% macro clickhouse__incremental_legacy(existing_relation, intermediate_relation, column_changes, unique_key,
    is_distributed=false) %}
  {%- do starc_ch_increment('legacy', existing_relation, starc_key_columns(unique_key), [], is_distributed) -%}
{% endmacro %}

{% macro clickhouse__incremental_insert_overwrite(existing_relation, partition_by, is_distributed=false) %}
  {%- do starc_ch_increment('insert_overwrite', existing_relation, [], [], is_distributed) -%}
{% endmacro %}

{#- A run on a table that is there: the query's rows are gathered beside and come in as the strategy
    says, into the table or into a clone that is swapped in. Of a distributed table all this is done to
    its local ones, on each shard; only the query's rows come in through a Distributed table of their
    own, which spreads them. -#}
{% macro starc_ch_increment(strategy, existing, keys, predicates, is_distributed=false) %}
  {%- set target_relation = existing.incorporate(type='table') -%}
  {%- set stored = load_cached_relation(starc_ch_local(target_relation)) if is_distributed else existing -%}
  {%- set built = make_intermediate_relation(stored) -%}
  {%- set new_data = starc_ch_new_data(stored) -%}
  {%- set gathered = starc_ch_new_data(target_relation) if is_distributed else new_data -%}
  {%- set facts = starc_ch_table_facts(stored) -%}
  {%- set text -%}
    {% if is_distributed %}cluster({{ adapter.get_clickhouse_cluster_name() }}, system.parts)
    {%- else %}system.parts{% endif %}
  {%- endset -%}
  {%- do facts.update({'target': target_relation, 'stored': stored, 'gathered': gathered,
      'all_parts': text }) -%}
  {%- if config.get('contract', {}).get('enforced') -%}
    {%- do get_assert_columns_equivalent(sql) -%}
  {%- endif -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set changes = none -%}
  {%- if on_schema_change != 'ignore' -%}
    {%- set changes = adapter.check_incremental_schema_changes(on_schema_change, stored, sql,
        query_settings=config.get('query_settings')) -%}
  {%- endif -%}
  {%- if is_distributed -%}
    {%- do starc_ch_need_parts(facts.engine) -%}
  {%- endif -%}
  {%- if facts.watched and not facts.parts and strategy != 'append' -%}
    {%- do exceptions.starc_config_error('engine', 'a table with engine ' ~ facts.engine
        ~ ' whose inserts feed views can only have rows added',
        "use incremental_strategy 'append', or an engine of the MergeTree family") -%}
  {%- endif -%}
  {%- set other_columns = changes is not none and changes.has_schema_changes -%}
  {%- set query -%}
    create table {{ new_data.render() }} {{ on_cluster_clause(new_data) }} as {{ stored.render() }}
  {%- endset -%}
  {%- do run_query(query) -%}
  {%- do adapter.cache_added(new_data) -%}
  {%- if other_columns -%}
    {%- do clickhouse__apply_column_changes(changes, new_data) -%}
  {%- endif -%}
  {%- if is_distributed -%}
    {%- do run_query(create_distributed_table(gathered, new_data)) -%}
    {%- do adapter.cache_added(gathered) -%}
  {%- endif -%}
  {%- set columns = adapter.get_columns_in_relation(stored) -%}
  {%- if on_schema_change == 'ignore' -%}
    {%- do starc_advise_columns(columns, on_schema_change) -%}
  {%- endif -%}
  {% call statement('main') -%}
    {{ clickhouse__insert_into(gathered, sql) }}
  {%- endcall %}
  {%- do exceptions.starc_advise(columns=columns | map(attribute='name') | list) -%}
  {%- if starc_keeps_rows(strategy == 'insert_overwrite') -%}
    {%- set query -%}truncate table {{ new_data.render() }} {{ on_cluster_clause(new_data) }}{%- endset -%}
    {%- do run_query(query) -%}
    {%- set strategy = 'append' -%}
  {%- endif -%}
  {#- One part comes in by one step of its own; several come in by a swap. Without a row nothing is
      to be done, unless rows go by their time. -#}
  {%- set parts = starc_ch_count_parts(new_data, facts.all_parts) if facts.parts else 2 -%}
  {%- if parts == 0 and not other_columns and (keys or strategy in ['append', 'insert_overwrite']) -%}
    {%- if keys and strategy != 'append' -%}
      {#- A key that is no column is an error without rows too. -#}
      {%- set query -%}select {{ keys | join(', ') }} from {{ new_data.render() }} limit 0{%- endset -%}
      {%- do run_query(query) -%}
    {%- endif -%}
    {{ return(starc_ch_drop_new_data(facts, new_data)) }}
  {%- endif -%}
  {%- if strategy in ['delete_insert', 'legacy', 'microbatch'] -%}
    {%- do starc_warn_of_null_keys(gathered, starc_ch_nullable(keys, columns)) -%}
  {%- endif -%}
  {%- set in_place = facts.watched or (strategy == 'append' and not other_columns and parts <= 1) -%}
  {%- set changed = stored if in_place else built -%}
  {%- if not in_place -%}
    {%- do starc_ch_clone(stored, built, facts.parts) -%}
    {%- do adapter.cache_added(built) -%}
  {%- endif -%}
  {%- if other_columns -%}
    {%- do clickhouse__apply_column_changes(changes, changed) -%}
  {%- endif -%}
  {%- do starc_ch_bring_in(strategy, changed, new_data, keys, predicates, facts) -%}
  {%- if not in_place -%}
    {%- do starc_swap_in(stored, built, stored.incorporate(type='table')) -%}
  {%- endif -%}
  {%- if is_distributed and other_columns -%}
    {%- do run_query(create_distributed_table(target_relation, stored)) -%}
  {%- endif -%}
  {%- do starc_ch_drop_new_data(facts, new_data) -%}
{% endmacro %}

{#- Of keys those that can be NULL: all but columns whose type says that they cannot. -#}
{% macro starc_ch_nullable(keys, columns) %}
  {%- set never = columns | rejectattr('is_nullable') | map(attribute='name') | list -%}
  {{ return(keys | reject('in', never) | list) }}
{% endmacro %}

{% macro starc_ch_drop_new_data(facts, new_data) %}
  {%- if facts.gathered != new_data -%}
    {%- do adapter.drop_relation(facts.gathered) -%}
  {%- endif -%}
  {%- do adapter.drop_relation(new_data) -%}
{% endmacro %}

{#- `parts`: where parts are told, system.parts or that of all shards. -#}
{% macro starc_ch_count_parts(relation, parts) %}
  {{ return(starc_ch_facts(relation, 'count(*)', parts, 'and active')[0][0] | int) }}
{% endmacro %}

{#- The rows of new_data come into table. -#}
{% macro starc_ch_bring_in(strategy, table, new_data, keys, predicates, facts) %}
  {%- if strategy == 'append' -%}
    {%- do starc_ch_append(table, new_data, facts) -%}
  {%- elif strategy == 'insert_overwrite' -%}
    {%- do starc_ch_replace_partitions(table, new_data, facts.all_parts) -%}
  {%- elif strategy in ['delete_insert', 'legacy', 'microbatch'] -%}
    {%- if facts.watched -%}
      {#- Killed between delete and insert, the rows are found by this mark and put back. -#}
      {%- set query -%}
        alter table {{ new_data.render() }} {{ on_cluster_clause(new_data) }}
        modify comment {{ starc_ch_text(starc_ch_on_their_way()) }}
      {%- endset -%}
      {%- do run_query(query) -%}
    {%- endif -%}
    {%- do starc_ch_delete_replaced(table, keys, predicates, facts) -%}
    {%- do starc_ch_append(table, new_data, facts) -%}
  {%- elif facts.gathered != new_data -%}
    {%- do exceptions.starc_config_error('incremental_strategy', "distributed_incremental has no strategy '"
        ~ strategy ~ "': append, delete_insert, insert_overwrite, legacy or microbatch is expected") -%}
  {%- else -%}
    {%- set strategy_macro = adapter.get_incremental_strategy_macro(context, strategy) -%}
    {%- call statement('custom_strategy') -%}
      {{ strategy_macro({'target_relation': table, 'temp_relation': new_data, 'unique_key': config.get('unique_key'),
                         'dest_columns': adapter.get_columns_in_relation(table),
                         'incremental_predicates': predicates}) }}
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}

{#- All parts at once; row by row where views are fed by inserts, or where there are no parts. -#}
{% macro starc_ch_append(table, new_data, facts) %}
  {%- call statement('bring_in_new_rows') -%}
    {%- if facts.parts and not facts.watched -%}
    alter table {{ table.render() }} {{ on_cluster_clause(table) }} attach partition all from {{ new_data.render() }}
    {%- else -%}
    insert into {{ (facts.target if table == facts.stored
        else table).render() }} select * from {{ facts.gathered.render() }}
    {%- endif -%}
  {%- endcall -%}
{% endmacro %}

{#- Removes the rows whose key is among the new ones; without a key, those that the predicates name. -#}
{% macro starc_ch_delete_replaced(table, keys, predicates, facts) %}
  {%- set key = keys | join(', ') -%}
  {%- set part -%}({{ key }}) in (select {{ key }} from {{ facts.gathered.render() }}){%- endset -%}
  {%- set conditions = [part] if keys else [] -%}
  {%- set condition = (conditions + predicates) | join(' and ') -%}
  {%- if not condition -%}
    {{ return('') }}
  {%- endif -%}
  {%- if facts.parts and not config.get('projections') -%}
    {%- call statement('delete_replaced_rows') -%}
      delete from {{ table.render() }} {{ on_cluster_clause(table) }} where {{ condition }}
    {%- endcall -%}
  {%- elif facts.parts -%}
    {%- call statement('delete_replaced_rows') -%}
      alter table {{ table.render() }} {{ on_cluster_clause(table) }} delete where {{ condition }}
    {%- endcall -%}
  {%- else -%}
    {#- An engine that cannot delete: the other rows are copied. -#}
    {%- call statement('empty_table') -%}
      truncate table {{ table.render() }} {{ on_cluster_clause(table) }}
    {%- endcall -%}
    {%- call statement('keep_other_rows') -%}
      insert into {{ table.render() }} select * from {{ facts.stored.render() }}
        where not ifNull({{ condition }}, false)
    {%- endcall -%}
  {%- endif -%}
{% endmacro %}

{#- Partitions that the new rows have take the place of the table's; others stay. `parts`: where the
    new rows' parts are told. REPLACE PARTITION is not asked for: the
    parts it takes away come back when the server dies within minutes (26.5); those that DROP PARTITION
    takes stay away. Nor does a shard without new rows in a partition mind. -#}
{% macro starc_ch_replace_partitions(table, new_data, parts) %}
  {%- set changes = [] -%}
  {%- for row in starc_ch_facts(new_data, 'distinct partition_id', parts, 'and active') -%}
    {%- set part -%}
      drop partition id '{{ row[0] }}', attach partition id '{{ row[0] }}' from {{ new_data.render() }}
    {%- endset -%}
    {%- do changes.append(part) -%}
  {%- endfor -%}
  {%- if changes -%}
    {%- set query -%}
      alter table {{ table.render() }} {{ on_cluster_clause(table) }} {{ changes | join(', ') }}
    {%- endset -%}
    {%- do run_query(query) -%}
  {%- endif -%}
{% endmacro %}

{#- Tables, whatever they were built for. Rows on their way into a table that views watch stay: they
    have replaced others already, and the next run puts them back. -#}
{% macro clickhouse__starc_after_failure() %}
  {%- set kind = config.get('materialized') -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set beside = [] -%}
  {%- if kind in ['table', 'incremental', 'seed', 'snapshot', 'distributed_table', 'distributed_incremental'] -%}
    {%- do beside.extend([make_intermediate_relation(target_relation), starc_ch_new_data(target_relation)]) -%}
  {%- endif -%}
  {%- if kind == 'load' -%}
    {%- do starc_ch_load_untrue(target_relation) -%}
    {%- do beside.extend(starc_ch_load_beside(target_relation)) -%}
  {%- endif -%}
  {%- if kind in ['distributed_table', 'distributed_incremental'] -%}
    {%- set local = starc_ch_local(target_relation) -%}
    {%- do beside.extend([make_intermediate_relation(local), starc_ch_new_data(local)]) -%}
  {%- endif -%}
  {%- for left in beside if starc_ch_comment(left) not in [none, starc_ch_on_their_way()] -%}
    {%- do adapter.drop_relation(left.incorporate(type='table')) -%}
  {%- endfor -%}
{% endmacro %}

{#- A table's comment; none, if there is no such table. -#}
{% macro starc_ch_comment(relation) %}
  {%- set found = starc_ch_facts(relation, 'comment') -%}
  {{ return(found[0][0] if found else none) }}
{% endmacro %}

{% macro starc_ch_on_their_way() %}
  {{ return('starc: these rows are on their way into the table') }}
{% endmacro %}

{#- What an earlier run left of its rows: put back where they had replaced others already, else
    dropped. Names that carry an invocation are those of dbt-clickhouse. `marked`: which table carries
    the mark, if they are spread over local ones. -#}
{% macro starc_ch_take_over_new_data(existing, new_data, keys, rebuild, marked=none) %}
  {%- set left = load_cached_relation(new_data) -%}
  {%- if left is not none -%}
    {%- if keys and not rebuild and starc_ch_comment(marked or left) == starc_ch_on_their_way() -%}
      {%- set key = keys | join(', ') -%}
      {%- call statement('put_back_rows') -%}
        insert into {{ existing.render() }} select * from {{ left.render() }}
          where ({{ key }}) not in (select {{ key }} from {{ existing.render() }})
      {%- endcall -%}
    {%- endif -%}
    {%- do adapter.drop_relation(left) -%}
  {%- endif -%}
{% endmacro %}
