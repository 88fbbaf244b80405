{{ config(
  alias='one'
) }} select 1 as id
