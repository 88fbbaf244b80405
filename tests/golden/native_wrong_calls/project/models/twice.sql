select '{{ 'x' | default('y', default_value='z') }}' as x
