select {{ convert_currency('x') }} as id
