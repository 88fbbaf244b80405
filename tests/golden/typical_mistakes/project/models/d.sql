select {{ ref('a') as n
