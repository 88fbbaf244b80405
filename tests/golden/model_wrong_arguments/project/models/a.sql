select {{ cents('x', 2, 3) }} as id
