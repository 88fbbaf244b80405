select id as "n from "x" y
