// The list of all tables of native functions that the context brings: for its reference page and
// the test that each row can be read. What only one database has is in its AdapterRules.
#include "adapter.h"

// clang-format off
const NativeTable context_natives[] = {
    {"adapter",                  "adapter",    "method",   &adapter_methods[0].native,             sizeof(Method)},
    {"adapter: relations",       "adapter",    "method",   &adapter_methods_relations[0].native,   sizeof(Method)},
    {"adapter: columns",         "adapter",    "method",   &adapter_methods_columns[0].native,     sizeof(Method)},
    {"adapter: contracts",       "adapter",    "method",   &adapter_methods_constraints[0].native, sizeof(Method)},
    {"api.Relation",             "Relation",   "function", relation_functions,   sizeof(Native)},
    {"Relations",                "Relation",   "method",   relation_methods,     sizeof(Native)},
    {"Parts of a relation: path, quote_policy, include_policy", "path", "method", parts_methods, sizeof(Native)},
    {"relation.information_schema()", "InformationSchema", "method", schema_view_methods, sizeof(Native)},
    {"api.Column",               "api",        "class",    column_makers,        sizeof(Native)},
    {"Functions of api.Column",  "Column",     "function", column_functions,     sizeof(Native)},
    {"Columns",                  "Column",     "method",   column_methods,       sizeof(Native)},
    {"Tables of results",        "table",      "method",   table_methods,        sizeof(Native)},
    {"Rows and columns of a table", "row",     "method",   table_seq_methods,    sizeof(Native)},
    {"Columns of a table",       "column",     "method",   table_column_methods, sizeof(Native)},
    {"Types of a table's columns", "type",     "method",   table_kind_methods,   sizeof(Native)},
    {"config",                   "config",     "method",   config_methods,       sizeof(Native)},
    {"exceptions",               "exceptions", "function", exceptions_functions, sizeof(Native)},
    {"Metrics",                  "metric",     "method",   metric_methods,       sizeof(Native)},
    {0},
};
// clang-format on
