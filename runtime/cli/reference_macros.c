// The macros that projects call, for the page of names: what a macro takes, a line about it, and an
// example with what it comes to, which the tests render. In: nothing. Out: rows as those of native
// functions, without a function. The macros themselves are templates in compiler/macros/.
#include "reference.h"

// clang-format off
const Native public_macros[] = {
    {"run_query", NULL, "sql",
     "runs a query while SQL is run, and gives its rows as a table; none while the project is read"
     "\n{% if execute %}{{ run_query('select 7 as n').columns[0].values()[0] }}{% endif %}\n=> 7"},
    {"statement", NULL, "name=none, fetch_result=false, auto_begin=true",
     "for {% call %}: runs the text of the block; its rows are kept under the name for load_result()"
     "\n{% call statement('years', fetch_result=true) %}select 2024 as y{% endcall %}\n{{ load_result('years').table.columns[0].values() | list }}\n=> [2024]"},
    {"is_incremental", NULL, "",
     "True where the model's table is there and only new rows are asked for: an incremental model, not --full-refresh"
     "\nselect * from {{ ref('orders') }}\n{% if is_incremental() %}where order_id > (select max(order_id) from {{ this }}){% endif %}\n=> select * from `analytics`.`orders`"},
    {"set_sql_header", NULL, "config",
     "for {% call %}: the text of the block stands before the statement that builds the model"
     "\n{% call set_sql_header(config) %}set max_threads = 1;{% endcall %}\n{{ config.get('sql_header') }}\n=> set max_threads = 1;"},
    {"generate_schema_name", NULL, "custom_schema_name=none, node=none",
     "the schema of a node; a project that has a macro of this name decides itself"
     "\n{{ generate_schema_name('marts', model) }}\n=> analytics_marts"},
    {"generate_alias_name", NULL, "custom_alias_name=none, node=none",
     "the name of a node's relation; a project may have its own"
     "\n{{ generate_alias_name('orders_2024', model) }}\n=> orders_2024"},
    {"generate_database_name", NULL, "custom_database_name=none, node=none",
     "the database of a node; a project may have its own"
     "\n{{ generate_database_name(none, model) == target.database }}\n=> True"},
    {"before_begin", NULL, "sql",
     "a hook before the transaction"
     "\n{{ before_begin('select 1') }}\n=> {\"sql\": \"select 1\", \"transaction\": false}"},
    {"in_transaction", NULL, "sql",
     "a hook within the transaction"
     "\n{{ in_transaction('select 1') }}\n=> {\"sql\": \"select 1\", \"transaction\": true}"},
    {"after_commit", NULL, "sql",
     "a hook after the transaction"
     "\n{{ after_commit('select 1') }}\n=> {\"sql\": \"select 1\", \"transaction\": false}"},
    {"load_relation", NULL, "relation",
     "the relation as the database has it, or none"
     "\n{{ load_relation(ref('orders')).is_view }}\n=> True"},
    {"load_cached_relation", NULL, "relation",
     "the same"
     "\n{{ load_cached_relation(ref('orders')).is_view }}\n=> True"},
    {"make_temp_relation", NULL, "base_relation, suffix='__dbt_tmp'",
     "a relation beside another, for rows on their way"
     "\n{{ make_temp_relation(ref('orders')).identifier }}\n=> orders__dbt_tmp"},
    {"get_columns_in_query", NULL, "select_sql",
     "the names of a query's columns"
     "\n{% if execute %}{{ get_columns_in_query('select 1 as a, 2 as b') | join(', ') }}{% endif %}\n=> a, b"},
    {"get_quoted_csv", NULL, "column_names",
     "names in quotes, with commas between"
     "\n{{ get_quoted_csv(['id', 'name']) }}\n=> \"id\", \"name\""},
    {"generate_series", NULL, "upper_bound",
     "a query of the whole numbers from 1 to a bound, as generated_number"
     "\n{{ 'generated_number' in generate_series(3) }}\n=> True"},
    {"date_spine", NULL, "datepart, start_date, end_date",
     "a query with a row for each day, month ... between two dates"
     "\n{{ 'date_day' in date_spine('day', \"toDate('2024-01-01')\", \"toDate('2024-01-04')\") }}\n=> True"},
    {"partition_range", NULL, "raw_partition_date, date_fmt='%Y%m%d'",
     "the days of a span, as a list"
     "\n{{ partition_range('20240101, 20240103') }}\n=> ['20240101', '20240102', '20240103']"},
    {"dates_in_range", NULL, "start_date_str, end_date_str=none, in_fmt='%Y%m%d', out_fmt='%Y%m%d'",
     "the days from one to another, as a list"
     "\n{{ dates_in_range('20240101', '20240103') }}\n=> ['20240101', '20240102', '20240103']"},
    {0},
};

// Of package dbt: each gives SQL for the database at hand.
const Native public_dbt_macros[] = {
    {"any_value", NULL, "expression",
     "any value of a group"
     "\n{{ dbt.any_value('name') }}\n=> any(name)"},
    {"array_append", NULL, "array, new_element",
     "an array with one element more"
     "\n{{ dbt.array_append('a', '4') }}\n=> arrayPushBack(a, 4)"},
    {"array_concat", NULL, "array_1, array_2",
     "two arrays as one"
     "\n{{ dbt.array_concat('a', 'b') }}\n=> arrayConcat(a, b)"},
    {"array_construct", NULL, "inputs=[], data_type=...",
     "an array of these"
     "\n{{ dbt.array_construct(['1', '2']) }}\n=> [ 1 , 2 ]"},
    {"bool_or", NULL, "expression",
     "whether it is true in any row"
     "\n{{ dbt.bool_or('is_new') }}\n=> max(is_new) > 0"},
    {"cast", NULL, "field, type",
     "the value as of another type"
     "\n{{ dbt.cast('amount', api.Column.translate_type('integer')) }}\n=> cast(amount as Int32)"},
    {"cast_bool_to_text", NULL, "field",
     "true or false as text"
     "\n{{ dbt.cast_bool_to_text('is_new') }}\n=> multiIf(is_new > 0, 'true', is_new = 0, 'false', NULL)"},
    {"concat", NULL, "fields",
     "texts as one"
     "\n{{ dbt.concat(['first', 'last']) }}\n=> first || last"},
    {"current_timestamp", NULL, "",
     "the moment now"
     "\n{{ dbt.current_timestamp() }}\n=> now()"},
    {"date_trunc", NULL, "datepart, date",
     "the first moment of its day, month ..."
     "\n{{ dbt.date_trunc('month', 'ordered_at') }}\n=> date_trunc('month', ordered_at)"},
    {"dateadd", NULL, "datepart, interval, from_date_or_timestamp",
     "so many days, months ... later"
     "\n{{ dbt.dateadd('day', 7, 'ordered_at') }}\n=> dateadd( day, 7, ordered_at )"},
    {"datediff", NULL, "first_date, second_date, datepart",
     "how many days, months ... lie between"
     "\n{{ dbt.datediff('ordered_at', 'paid_at', 'day') }}\n=> datediff( day, ordered_at, paid_at )"},
    {"equals", NULL, "expr1, expr2",
     "whether the two are equal, where NULL equals NULL: 0 or 1"
     "\n{{ dbt.equals('a', 'b') }}\n=> (a = b)"},
    {"escape_single_quotes", NULL, "expression",
     "text that can stand between quotes"
     "\n{{ dbt.escape_single_quotes(\"it's\") }}\n=> it''s"},
    {"except", NULL, "",
     "rows of one query that another has not"
     "\n{{ dbt.except() }}\n=> except"},
    {"hash", NULL, "field",
     "a hash of the value, as text"
     "\n{{ dbt.hash('email') }}\n=> lower(hex(MD5(toString(email ))))"},
    {"intersect", NULL, "",
     "rows that both queries have"
     "\n{{ dbt.intersect() }}\n=> intersect"},
    {"last_day", NULL, "date, datepart",
     "the last day of the month, quarter, year"
     "\n{{ dbt.last_day('ordered_at', 'month') }}\n=> dateadd( day, -1, dateadd( month, 1, date_trunc('month', ordered_at) ) )"},
    {"length", NULL, "expression",
     "how long the text is"
     "\n{{ dbt.length('name') }}\n=> length( name )"},
    {"listagg", NULL, "measure, delimiter_text=..., order_by_clause=none, limit_num=none",
     "the texts of a group as one"
     "\n{{ dbt.listagg('name', \"', '\") }}\n=> arrayStringConcat(array_agg(name), ', ')"},
    {"position", NULL, "substring_text, string_text",
     "where a text stands in another, from 1; 0: nowhere"
     "\n{{ dbt.position(\"'@'\", 'email') }}\n=> position( '@' in email )"},
    {"replace", NULL, "field, old_chars, new_chars",
     "each old replaced by new"
     "\n{{ dbt.replace('name', '-', '_') }}\n=> replaceAll(name,'-','_')"},
    {"right", NULL, "string_text, length_expression",
     "the last letters"
     "\n{{ dbt.right('name', 3) }}\n=> right( name, 3 )"},
    {"safe_cast", NULL, "field, type",
     "the value as of another type, NULL where it cannot be"
     "\n{{ dbt.safe_cast('amount', api.Column.translate_type('integer')) }}\n=> CAST(amount AS Int32)"},
    {"split_part", NULL, "string_text, delimiter_text, part_number",
     "a part of a text"
     "\n{{ dbt.split_part('email', \"'@'\", 2) }}\n=> splitByString('@', email)[2]"},
    {"string_literal", NULL, "value",
     "a text in quotes"
     "\n{{ dbt.string_literal('new') }}\n=> 'new'"},
    {"type_bigint", NULL, "",
     "the database's type"
     "\n{{ dbt.type_bigint() }}\n=> bigint"},
    {"type_boolean", NULL, "",
     "the database's type"
     "\n{{ dbt.type_boolean() }}\n=> boolean"},
    {"type_float", NULL, "",
     "the database's type"
     "\n{{ dbt.type_float() }}\n=> Float32"},
    {"type_int", NULL, "",
     "the database's type"
     "\n{{ dbt.type_int() }}\n=> Int32"},
    {"type_numeric", NULL, "",
     "the database's type"
     "\n{{ dbt.type_numeric() }}\n=> Decimal(28, 6)"},
    {"type_string", NULL, "",
     "the database's type"
     "\n{{ dbt.type_string() }}\n=> String"},
    {"type_timestamp", NULL, "",
     "the database's type"
     "\n{{ dbt.type_timestamp() }}\n=> DateTime"},
    {0},
};
// clang-format on
