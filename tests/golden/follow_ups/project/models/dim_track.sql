select n from {{ ref('tracks') }} join {{ ref('track') }} using (n)
