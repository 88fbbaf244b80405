{{ config(schema=env_var('WHERE'), alias='x_a') }} select 1 as id
