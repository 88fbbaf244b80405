select {{ env_var('NO_SUCH_THING') }} as id
