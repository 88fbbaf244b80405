select '{{ target.schema }}' as c, nope
