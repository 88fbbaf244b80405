{#- Postgres: what the cells of a seed must fit. -#}
{% macro postgres__starc_seed_columns(relation) %}
  {%- set query -%}
    select attname, format_type(atttypid, atttypmod)
    from pg_catalog.pg_attribute
    where attrelid = '{{ relation.render() | replace("'", "''") }}'::regclass and attnum > 0 and not attisdropped
    order by attnum
  {%- endset -%}
  {%- set found = [] -%}
  {%- for row in run_query(query).rows -%}
    {%- do found.append([row[0], row[1]]) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}
