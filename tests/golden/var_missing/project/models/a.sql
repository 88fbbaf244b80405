select {{ var('floor') }} as id
