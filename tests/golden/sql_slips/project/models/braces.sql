select * from { ref('one') }
