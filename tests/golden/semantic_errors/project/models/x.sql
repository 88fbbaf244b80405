select '{{ metric('revenu') }}' as what
