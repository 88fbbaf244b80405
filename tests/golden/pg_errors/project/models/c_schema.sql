select * from nowhere.t
