select cuont(*) as n from {{ ref('a') }}
