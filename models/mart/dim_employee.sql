select
  {{ surrogate_key(['e.employee_id']) }} as employee_key,
  e.employee_id as employee_id,
  e.first_name as first_name,
  e.last_name as last_name,
  {{ dbt.concat(['e.first_name', "' '", 'e.last_name']) }} as full_name,
  e.job_title as job_title,
  e.manager_id as manager_id,
  {#- ClickHouse fills a join without a partner with empty text, not NULL. #}
  nullif({{ dbt.concat(["coalesce(m.first_name, '')", "case when m.employee_id > 0 then ' ' else '' end",
                        "coalesce(m.last_name, '')"]) }}, '') as manager_name,
  e.birth_date as birth_date,
  e.hire_date as hire_date,
  e.city as city,
  e.country as country,
  e.email as email
from {{ ref('employees') }} as e
left join {{ ref('employees') }} as m on m.employee_id = e.manager_id
