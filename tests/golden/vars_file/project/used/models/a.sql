select '{{ var('team') }}' as team, {{ var('days') }} as days
