-- What an incremental model may get wrong: rows that are lost, or counted twice. No row is good.
select d.visits as counted, v.visits as there
from (select sum(visits) as visits from {{ ref('visits_by_day') }}) as d
cross join (select count(*) as visits from {{ ref('raw_visits') }}) as v
where d.visits <> v.visits
