// The list of all tables of native functions that the language itself brings: for its reference
// page and the test that each row can be read. What projects have besides is in context/.
#include "../interp.h"
#include "std.h"

// clang-format off
const NativeTable native_tables[] = {
    {"Filters",              NULL,        "filter",   builtin_filters},
    {"Tests",                NULL,        "test",     builtin_tests},
    {"Global functions",     NULL,        "function", builtin_globals},
    {"Texts",                "str",       "method",   str_methods},
    {"Texts that are safe",  "Markup",    "method",   markup_methods},
    {"Lists",                "list",      "method",   list_methods},
    {"Tuples",               "tuple",     "method",   tuple_methods},
    {"Dicts",                "dict",      "method",   dict_methods},
    {"Sets",                 "set",       "method",   set_methods},
    {"Whole numbers",        "int",       "method",   int_methods},
    {"Floating-point numbers", "float",   "method",   float_methods},
    {"Bytes",                "bytes",     "method",   bytes_methods},
    {"Ranges",               "range",     "method",   range_methods},
    {"Cyclers",              "cycler",    "method",   cycler_methods},
    {"`loop` in a for",      "loop",      "method",   loop_methods},
    {"modules.datetime",     "datetime",  "class",    datetime_makers},
    {"modules.datetime.date", "date",     "function", date_functions},
    {"modules.datetime.datetime", "datetime", "function", datetime_functions},
    {"modules.datetime.time", "time",     "function", time_functions},
    {"Days, and datetimes besides", "date", "method", date_methods},
    {"Datetimes",            "datetime",  "method",   datetime_methods},
    {"Times, and datetimes besides", "time", "method", clock_methods},
    {"Spans of time",        "timedelta", "method",   timedelta_methods},
    {"modules.pytz",         "pytz",      "function", pytz_functions},
    {"Time zones",           "tzinfo",    "method",   tz_methods},
    {"Countries of pytz",    "country_timezones", "method", country_methods},
    {"modules.re",           "re",        "function", re_functions},
    {"Patterns",             "Pattern",   "method",   pattern_methods},
    {"Matches",              "Match",     "method",   match_methods},
    {"modules.itertools",    "itertools", "function", itertools_functions},
    {"Decimals",             "Decimal",   "method",   decimal_methods},
    {0},
};
// clang-format on
