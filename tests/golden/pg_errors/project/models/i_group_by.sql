select word, count(*) as n from {{ ref('a') }}
