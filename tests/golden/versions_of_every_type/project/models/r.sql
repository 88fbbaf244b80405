select * from {{ ref('m') }} a, {{ ref('m', v=1.5) }} b, {{ ref('m', version=1.1) }} c, {{ ref('m', v='b') }} d, {{ ref('m', v=2.0) }} e, {{ ref('n') }} f
