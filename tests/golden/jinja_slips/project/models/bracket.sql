select {{ ref("m" }} as x
