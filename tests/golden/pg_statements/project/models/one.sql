-- /* ; "
/* a /* ; */ ' ; */
with x as (select E'it\'s; x' as a, E'a'
  'b\'; c' as b, $q$;$q$ as "c;", U&'d\003B;' as d)
select a, b, "c;", d from x; -- ;
