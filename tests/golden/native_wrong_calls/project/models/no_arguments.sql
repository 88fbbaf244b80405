select '{{ 'x'.upper(1) }}' as x
