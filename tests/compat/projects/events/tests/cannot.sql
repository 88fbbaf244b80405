select no_such_column from {{ ref('view_m') }}
