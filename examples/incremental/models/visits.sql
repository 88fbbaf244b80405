-- `append`: rows that never change once they are there. The first build takes all; each later one adds
-- what came after the greatest visit_id that the table has.
{{ config(materialized='incremental', incremental_strategy='append') }}

select visit_id, page, cast(visited_on as date) as visited_on, seconds
from {{ ref('raw_visits') }}
{% if is_incremental() %}
where visit_id > (select max(visit_id) from {{ this }})
{% endif %}
