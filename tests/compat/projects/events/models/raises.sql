select {% if execute and var('broken') %}{{ exceptions.raise_compiler_error('not this') }}{% endif %} 1 as id
