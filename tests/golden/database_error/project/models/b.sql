select
  id,
  totl
from {{ ref('a') }}
