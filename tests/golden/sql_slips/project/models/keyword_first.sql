selct 1 as id
