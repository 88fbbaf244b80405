select {{ wrong() }} as x
