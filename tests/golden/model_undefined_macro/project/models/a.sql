select {{ cents('x') }} as id
