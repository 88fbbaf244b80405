{% macro say(word='hello') %}{{ log(word, info=True) }}{{ print(word) }}{% do run_query('select 1') %}{% endmacro %}
{% macro trips() %}{{ exceptions.raise_compiler_error('tripped') }}{% endmacro %}
