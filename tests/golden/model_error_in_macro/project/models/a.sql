select
  {{ outer_one('x') }} as id
