{{- config(tags=['a']) -}} select 1
