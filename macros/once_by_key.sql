{#- The rows of a relation, one for each key: a load that only appends leaves a row again whenever it
    runs twice. `newest` names a column by which the latest copy wins, where there is one.
    `key` is one column or a list. To be used behind FROM. -#}
{% macro once_by_key(relation, key, newest=none) -%}
  {%- set columns = [key] if key is string else key -%}
  {%- set order = newest ~ ' desc' if newest else columns | join(', ') -%}
  (
    select *
    from (
      select *, row_number() over (partition by {{ columns | join(', ') }} order by {{ order }}) as copy_number
      from {{ relation }}
    ) as numbered
    where copy_number = 1
  ) as {{ relation.identifier }}_once
{%- endmacro %}
