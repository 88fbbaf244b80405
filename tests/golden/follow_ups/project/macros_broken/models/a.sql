select {{ both('x') }} as x
