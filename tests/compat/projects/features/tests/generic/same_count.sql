{% test same_count(model, compare_model, group_by_columns=[]) %}
select a.n from (select count(*) as n from {{ model }}) a
cross join (select count(*) as n from {{ compare_model }}) b
where a.n <> b.n
{% endtest %}
