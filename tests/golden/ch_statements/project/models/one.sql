# ; comment
#! ;
// ;
/* a /* ; */ ' ; */
select 'it\'s; x' as a, $q$;$q$ as b, ‘c;’ as c, `d` as e
from (select 1 as `d`); // ;
