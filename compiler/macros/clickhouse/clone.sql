{#- clone: MergeTree tables share their parts, so a clone of any size is made at once and costs no
    room until one of the two changes; tables of other engines are copied. -#}

{#- Made beside and swapped in: a replaced table is there until the clone is whole. -#}
{% macro clickhouse__starc_clone_table(existing, target, other) %}
  {%- set built = make_intermediate_relation(target) -%}
  {%- do starc_drop_leftovers(target) -%}
  {%- do starc_ch_clone(other, built) -%}
  {%- do starc_swap_in(existing, built, target) -%}
  {% call noop_statement('main', 'OK', 'CLONE', none) -%}
    clone {{ target.render() }} as {{ other.render() }}
  {%- endcall %}
{% endmacro %}
