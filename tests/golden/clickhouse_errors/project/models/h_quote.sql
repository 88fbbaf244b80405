select 'abc as n
