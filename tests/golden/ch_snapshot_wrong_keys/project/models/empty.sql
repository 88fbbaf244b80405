select CAST(null, 'Nullable(Int32)') as id, 'a' as v
