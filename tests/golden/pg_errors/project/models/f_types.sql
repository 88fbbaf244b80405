select word + 1 as n from {{ ref('a') }}
