select {{ [1].count(value=1) }} as x
