select 'it\'s; x' as a; # ;
select 2
