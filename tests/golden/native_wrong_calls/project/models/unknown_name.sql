select '{{ modules.re.sub('a', 'b', 'c', cnt=1) }}' as x
