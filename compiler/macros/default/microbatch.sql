{#- A microbatch model is run batch by batch: each batch is the incremental materialization with a
    query that reads the batch's own span of time. What comes before the first and after the last
    batch stands here.

    A table that is made anew is built by its batches beside the old one, under a name of its own,
    and takes its place when the last one is done: nobody sees a table that has some batches only. -#}

{#- What only the second run would miss. A strategy macro of the project's own may do without. -#}
{% macro starc_microbatch_check() %}
  {{ return(adapter.dispatch('starc_microbatch_check', 'dbt')()) }}
{% endmacro %}
{% macro default__starc_microbatch_check() %}
{% endmacro %}

{#- adds: the batches go into the table that is there; beside: they build this relation instead;
    all: batches that were done earlier are gone and have to be done again.
    goes_on: an earlier run did some of the batches already. -#}
{% macro starc_microbatch_begin(goes_on) %}
  {%- do starc_microbatch_check() -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set is_table = existing is not none and existing.is_table -%}
  {%- set anew = not is_table or should_full_refresh() -%}
  {%- set beside = make_intermediate_relation(this.incorporate(type='table'), '__dbt_batches') -%}
  {%- set left = load_cached_relation(beside) -%}
  {%- set answer = {'adds': not anew, 'beside': none, 'all': false} -%}
  {%- if goes_on and left is not none and anew -%}
    {%- do answer.update({'adds': true, 'beside': beside.identifier}) -%}
  {%- elif goes_on and is_table -%}
    {%- do answer.update({'adds': true}) -%}
  {%- elif anew -%}
    {%- do answer.update({'beside': beside.identifier, 'all': goes_on}) -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {%- if left is not none and not (answer['adds'] and answer['beside']) -%}
    {%- do adapter.drop_relation(left) -%}
  {%- endif -%}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}
  {%- do adapter.commit() -%}
  {{ return(answer) }}
{% endmacro %}

{#- Puts what the batches built into place. A batch that failed keeps the old table where it is, if
    there is one: `retry` does what is missing. Gives whether it is in place. -#}
{% macro starc_microbatch_end(beside, complete) %}
  {%- set existing = load_cached_relation(this) -%}
  {%- set in_place = true -%}
  {%- if beside -%}
    {%- set name = make_intermediate_relation(this.incorporate(type='table'), '__dbt_batches') -%}
    {%- set built = load_cached_relation(name) -%}
    {%- set in_place = built is not none and (complete or existing is none) -%}
    {%- if in_place -%}
      {%- do starc_swap_in(existing, built, this.incorporate(type='table')) -%}
    {%- endif -%}
  {%- endif -%}
  {%- if in_place -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do starc_restore_keys() -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
  {%- endif -%}
  {{ return(in_place) }}
{% endmacro %}
