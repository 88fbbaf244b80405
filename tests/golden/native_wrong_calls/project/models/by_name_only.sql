{% set xs = [2, 1] %}{% do xs.sort(none) %}select {{ xs[0] }} as x
