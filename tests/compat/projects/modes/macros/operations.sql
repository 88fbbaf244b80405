{# What a run was, kept in a table. #}
{% macro note_the_end(results, schemas) %}
{% if execute and target.type == 'postgres' %}
create schema if not exists {{ target.schema }};
create table if not exists {{ target.schema }}.ended (what text, results text, schemas text);
{% set seen = [] %}
{% for r in results if r.node.resource_type != 'operation' %}{% do seen.append(r.node.name ~ ' ' ~ r.status) %}{% endfor %}
insert into {{ target.schema }}.ended values
  ('{{ invocation_args_dict.which }}', '{{ seen | sort | join(', ') }}', '{{ schemas | sort | join(', ') }}')
{% else %}select 1{% endif %}
{% endmacro %}
{% macro told(name='nobody', times=1) %}{% for _ in range(times) %}{% do print('told ' ~ name) %}{% endfor %}{{ return(times) }}{% endmacro %}
{% macro asked() %}{% do print(run_query('select 1 + 1 as two').columns[0].values()[0]) %}{% endmacro %}
{% macro raises() %}{% do exceptions.raise_compiler_error('raised here') %}{% endmacro %}
{% macro warns() %}{% do exceptions.warn('warned here') %}{% endmacro %}
{% macro drop_here(name) %}{% do run_query('drop table if exists ' ~ target.schema ~ '.' ~ name ~ ' cascade') %}{% endmacro %}
{% macro seen_flags() %}{% for f in ['FULL_REFRESH', 'FAIL_FAST', 'EMPTY', 'STORE_FAILURES', 'INDIRECT_SELECTION', 'WRITE_JSON', 'USE_COLORS'] %}{% do print(f ~ ' ' ~ flags[f]) %}{% endfor %}{% endmacro %}
