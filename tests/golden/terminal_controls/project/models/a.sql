{% do exceptions.warn('a]0;title [2J  [31mred[0m') %}
select 1 -- {{ ref('no[2Jpe') }}
