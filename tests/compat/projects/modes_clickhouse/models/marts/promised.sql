{{ config(persist_docs={'relation': true, 'columns': true}) }}
select id, name from {{ ref('stg_customers') }}
