-- `delete+insert` with a key: rows that do change. The last day is counted anew in each build, since more
-- visits of it may have come, and takes the place of its row.
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='visited_on') }}

select visited_on, count(*) as visits, sum(seconds) as seconds
from {{ ref('visits') }}
{% if is_incremental() %}
where visited_on >= (select max(visited_on) from {{ this }})
{% endif %}
group by visited_on
