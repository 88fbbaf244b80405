{#- ClickHouse: dictionaries, from a query, a table or a URL. -#}

{% materialization dictionary, adapter='clickhouse' %}
  {%- set target_relation = this.incorporate(type='dictionary') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set in_place = existing is none -%}
  {%- set built = target_relation if in_place else make_intermediate_relation(target_relation) -%}
  {%- do starc_ch_check_dictionary() -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- do starc_drop_leftovers(target_relation) -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {% call statement('main') -%}
    {{ clickhouse__get_create_dictionary_as_sql(built, on_cluster_clause(target_relation), sql) }}
  {%- endcall %}
  {%- if not in_place -%}
    {%- do starc_ch_swap_dictionary(existing, built, target_relation) -%}
  {%- endif -%}
  {%- do starc_finish_relation(existing, target_relation) -%}
  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {{ run_hooks(post_hooks, inside_transaction=false) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Two dictionaries change places by a statement of their own. -#}
{% macro starc_ch_swap_dictionary(existing, built, target) -%}
  {%- if existing.type == 'dictionary' and adapter.can_exchange(target.schema, 'table') -%}
    {%- do exchange_tables_atomic(built, target, 'dictionaries') -%}
    {%- do adapter.cache_added(target) -%}
    {%- do adapter.drop_relation(built) -%}
  {%- else -%}
    {%- do starc_swap_in(existing, built, target) -%}
  {%- endif -%}
{%- endmacro %}

{% macro starc_ch_check_dictionary() -%}
  {%- if config.get('source_type') not in [none, 'http', 'clickhouse'] -%}
    {%- do exceptions.starc_config_error('source_type', "source_type of a dictionary is http or clickhouse, not '"
        ~ config.get('source_type') ~ "'") -%}
  {%- elif config.get('source_type') == 'http' -%}
    {%- for key in ['url', 'format'] if not config.get(key) -%}
      {%- do exceptions.starc_config_error('source_type', "a dictionary with source_type http needs the config '"
          ~ key ~ "'") -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set needed = {'fields': 'a list of [name, type]', 'primary_key': 'the column or columns it is asked by',
                    'layout': "how it is kept, 'hashed()' for example",
                        'lifetime': "seconds until it is read anew, 'min 0 max 300' for example; 0: never"} -%}
  {%- for key in needed if (config.get(key) is none or config.get(key) in ['', []])
      and not (key == 'lifetime' and 'direct' in config.get('layout') | lower) -%}
    {%- do exceptions.starc_config_error('materialized', "a dictionary needs the config '" ~ key ~ "'", key ~ ': '
        ~ needed[key]) -%}
  {%- endfor -%}
  {%- set columns = [] -%}
  {%- for field in config.get('fields') -%}
    {%- if field is string or field | length < 2 -%}
      {%- do exceptions.starc_config_error('fields', "'fields' of a dictionary is a list of [name, type], and "
          ~ field ~ ' is none') -%}
    {%- endif -%}
    {%- do columns.append(field[0]) -%}
  {%- endfor -%}
  {%- set keys = config.get('primary_key') -%}
  {%- for key in ((keys.split(',') if keys is string else keys) | map('trim')) if '(' not in keys | string
      and key not in columns -%}
    {%- do exceptions.starc_config_error('primary_key', "the primary_key '" ~ key
        ~ "' is none of the dictionary's fields", 'its fields are ' ~ columns | join(', ')) -%}
  {%- endfor -%}
{%- endmacro %}

{% macro clickhouse__get_create_dictionary_as_sql(relation, cluster_clause, sql) -%}
  {%- set fields = [] -%}
  {%- for field in config.get('fields') -%}
    {%- do fields.append(field[0] ~ ' ' ~ field[1]) -%}
  {%- endfor -%}
  create dictionary {{ relation.render() }} {{ cluster_clause }}
  (
    {{ fields | join(',\n    ') }}
  )
  primary key {{ starc_ch_columns(config.get('primary_key')) }}
  source({{ http_source() if config.get('source_type') == 'http' else clickhouse_source(sql) }})
  layout({{ config.get('layout') }})
  {% if config.get('lifetime') is not none %}lifetime({{ config.get('lifetime') }}){% endif %}
  {% if config.get('range') %}range({{ config.get('range') }}){% endif %}
{%- endmacro %}

{% macro http_source() -%}
  http(url {{ starc_ch_text(config.get('url')) }} format {{ starc_ch_text(config.get('format')) }})
{%- endmacro %}

{% macro clickhouse_source(sql) -%}
  {%- set given = adapter.get_credentials(config.get('connection_overrides') or {}) -%}
  {%- set over = config.get('connection_overrides') or {} -%}
  clickhouse(
    {% if given.get('user') %}user {{ starc_ch_text(given.user) }}{% endif %}
    {% if given.get('password') %}password {{ starc_ch_text(given.password) }}{% endif %}
    {% if given.get('database') %}db {{ starc_ch_text(given.database) }}{% endif %}
    {% if over.get('host') %}host {{ starc_ch_text(over.host) }}{% endif %}
    {% if over.get('port') %}port {{ over.port }}{% endif %}
    {% if config.get('table') %}table {{ starc_ch_text(config.get('table')) }}
    {%- else %}query {{ starc_ch_text(sql) }}{% endif %}
    {% if config.get('update_field') %}update_field {{ starc_ch_text(config.get('update_field')) }}{% endif %}
    {% if config.get('update_lag') is not none %}update_lag {{ config.get('update_lag') }}{% endif %}
  )
{%- endmacro %}
