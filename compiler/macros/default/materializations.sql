{#- view, table, incremental and seed, for databases with transactions: everything from the first
    statement to the drop of the replaced relation is one transaction. -#}

{% materialization view, default %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = starc_built_as(existing, target_relation) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set in_place = starc_replace_view(existing, target_relation, sql) -%}
  {%- if not in_place -%}
    {% call statement('main', auto_begin=existing is not none or not starc_is_all()) -%}
      {{ get_create_view_as_sql(built, sql) }}
    {%- endcall %}
    {%- do starc_swap_in(existing, built, target_relation) -%}
  {%- endif -%}
  {%- do starc_finish_relation(existing, target_relation, full_refresh_mode=not in_place) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do starc_restore_keys() -%}
  {%- do adapter.commit() -%}

  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization table, default %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = starc_built_as(existing, target_relation) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {% call statement('main', auto_begin=existing is not none or not starc_is_all()) -%}
    {{ get_create_table_as_sql(false, built, sql) }}
  {%- endcall %}
  {%- do create_indexes(built) -%}
  {%- do starc_swap_in(existing, built, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do starc_finish_relation(existing, target_relation) -%}
  {%- do starc_restore_keys() -%}
  {%- do adapter.commit() -%}

  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization incremental, default %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set built = starc_built_as(existing, target_relation) -%}
  {%- set full_refresh_mode = should_full_refresh() -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- set strategy = config.get('incremental_strategy') or 'default' -%}
  {%- set strategy_macro = adapter.get_incremental_strategy_macro(context, strategy) -%}
  {%- set rebuild = existing is none or full_refresh_mode or not existing.is_table -%}
  {%- if starc_strategy_is_builtin(strategy) -%}
    {%- do starc_warn_without_key(strategy) -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if rebuild -%}
    {% call statement('main', auto_begin=existing is not none or config.get('unique_key') or not starc_is_all()) -%}
      {{ get_create_table_as_sql(false, built, sql) }}
    {%- endcall %}
    {%- if strategy in ['default', 'delete+insert', 'merge', 'microbatch'] -%}
      {%- do starc_warn_of_key(built, starc_key_columns(config.get('unique_key'))) -%}
    {%- endif -%}
    {%- do create_indexes(built) -%}
    {%- do starc_swap_in(existing, built, target_relation) -%}
  {%- else -%}
    {%- set temp = make_temp_relation(target_relation) -%}
    {%- call statement('create_temp_relation') -%}
      {{ get_create_table_as_sql(true, temp, sql) }}
    {%- endcall -%}
    {%- if not config.get('contract', {}).get('enforced') -%}
      {%- do adapter.expand_target_column_types(from_relation=temp, to_relation=target_relation) -%}
    {%- endif -%}
    {#- With `ignore` nothing is looked at, and the columns are those of the table. -#}
    {%- set columns = process_schema_changes(on_schema_change, temp, existing) -%}
    {%- if not columns -%}
      {%- set columns = adapter.get_columns_in_relation(existing) -%}
    {%- endif -%}
    {%- if strategy in ['merge', 'microbatch'] -%}
      {%- do starc_check_batch_keys(temp, config.get('unique_key')) -%}
    {%- endif -%}
    {%- if starc_keeps_rows(strategy == 'insert_overwrite') -%}
      {{ starc_kept_as_is(sql) }}
    {%- else -%}
      {%- do starc_advise_columns(columns, on_schema_change) -%}
      {%- if strategy not in ['append', 'merge', 'microbatch'] and config.get('unique_key') -%}
        {%- do starc_lift_keys(target_relation) -%}
      {%- endif -%}
      {% call statement('main') -%}
        {{ strategy_macro({
            'target_relation': target_relation,
            'temp_relation': temp,
            'unique_key': config.get('unique_key'),
            'dest_columns': columns,
            'incremental_predicates': config.get('predicates') or config.get('incremental_predicates')}) }}
      {%- endcall %}
      {%- do exceptions.starc_advise() -%}
    {%- endif -%}
    {%- if strategy in ['default', 'delete+insert', 'merge', 'microbatch'] and starc_strategy_is_builtin(strategy) -%}
      {%- do starc_warn_of_null_keys(temp, starc_key_columns(config.get('unique_key'))) -%}
    {%- endif -%}
    {%- call statement('drop_temp_relation') -%}
      {{ drop_table(temp) }}
    {%- endcall -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do starc_finish_relation(existing, target_relation, rebuild) -%}
  {%- do starc_restore_keys() -%}
  {%- do adapter.commit() -%}

  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization seed, default %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set full_refresh_mode = should_full_refresh() -%}
  {%- set agate_table = load_agate_table() -%}
  {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}
  {%- if existing is not none and not existing.is_table -%}
    {%- do exceptions.raise_compiler_error(
        'cannot load the seed into ' ~ existing ~ ': it is a ' ~ existing.type
            ~ ', not a table. Drop it or give the seed another alias') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- if existing is none -%}
    {%- set prepared = create_csv_table(model, agate_table) -%}
  {%- else -%}
    {%- set prepared = reset_csv_table(model, full_refresh_mode, existing, agate_table) -%}
  {%- endif -%}
  {%- set inserted = load_csv_rows(model, agate_table) -%}
  {%- set code = 'CREATE' if full_refresh_mode else 'INSERT' -%}
  {% call noop_statement('main', code ~ ' ' ~ inserted, code, inserted) -%}
    {{ get_csv_sql(prepared, '') }}
  {%- endcall %}
  {%- if existing is none or full_refresh_mode -%}
    {%- do create_indexes(target_relation) -%}
  {%- endif -%}

  {%- do starc_finish_relation(existing, target_relation, full_refresh_mode) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do starc_restore_keys() -%}
  {%- do adapter.commit() -%}

  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
