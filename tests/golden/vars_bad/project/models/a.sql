select {{ var('floor', 1) }} as id
