-- A column that is new in the query comes into the table by `on_schema_change`: take the comment off, and
-- build. Rows from before have none in it; `starc build --full-refresh` makes the table anew.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='page',
    on_schema_change='append_new_columns'
) }}

select
    page,
    -- max(visited_on) as last_visit,
    count(*) as visits
from {{ ref('visits') }}
group by page
