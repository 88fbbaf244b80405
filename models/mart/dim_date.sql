with days as (
  {{ dbt.date_spine(
      'day',
      "cast('" ~ var('first_day') ~ "' as date)",
      "cast('" ~ var('last_day') ~ "' as date)") }}
),

dated as (
  select cast(days.date_day as date) as calendar_day
  from days
)

select
  {{ date_key('calendar_day') }} as date_key,
  calendar_day as date_day,
  {{ date_part_of('year', 'calendar_day') }} as year_number,
  {{ date_part_of('quarter', 'calendar_day') }} as quarter_number,
  {{ date_part_of('month', 'calendar_day') }} as month_number,
  cast({{ dbt.date_trunc('month', 'calendar_day') }} as date) as month_start,
  {{ date_part_of('weekday', 'calendar_day') }} as weekday_number,
  case when {{ date_part_of('weekday', 'calendar_day') }} >= 6 then 'yes' else 'no' end as is_weekend
from dated
