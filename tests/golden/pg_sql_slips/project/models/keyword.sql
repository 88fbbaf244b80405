select *
frm {{ ref('one') }}
