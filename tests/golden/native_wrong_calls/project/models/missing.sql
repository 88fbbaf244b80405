select {{ adapter.quote() }} as x
