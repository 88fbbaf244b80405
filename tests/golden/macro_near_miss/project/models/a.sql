select {{ cents_to_euro('x') }} as id, {{ reff('a') }}
