select * from {{ source('crm_export', 'people') }} join {{ ref('zzzz_nothing') }} using (id)
