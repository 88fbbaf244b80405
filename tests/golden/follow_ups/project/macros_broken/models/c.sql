select {{ wrong() }} as y
