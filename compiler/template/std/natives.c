// The list of all tables of native functions that the language itself brings: for its reference
// page and the test that each row can be read. What projects have besides is in context/.
#include "../interp.h"
#include "../loop.h"
#include "std.h"

// clang-format off
const NativeTable native_tables[] = {
    {"Filters",              NULL,        "filter",   builtin_filters, sizeof(Native)},
    {"Tests",                NULL,        "test",     builtin_tests, sizeof(Native)},
    {"Global functions",     NULL,        "function", builtin_globals, sizeof(Native)},
    {"Texts",                "str",       "method",   str_methods, sizeof(Native)},
    {"Texts that are safe",  "Markup",    "method",   markup_methods, sizeof(Native)},
    {"Lists",                "list",      "method",   list_methods, sizeof(Native)},
    {"Tuples",               "tuple",     "method",   tuple_methods, sizeof(Native)},
    {"Dicts",                "dict",      "method",   dict_methods, sizeof(Native)},
    {"Sets",                 "set",       "method",   set_methods, sizeof(Native)},
    {"Whole numbers",        "int",       "method",   int_methods, sizeof(Native)},
    {"Floating-point numbers", "float",   "method",   float_methods, sizeof(Native)},
    {"Bytes",                "bytes",     "method",   bytes_methods, sizeof(Native)},
    {"Ranges",               "range",     "method",   range_methods, sizeof(Native)},
    {"Cyclers",              "cycler",    "method",   cycler_methods, sizeof(Native)},
    {"`loop` in a for",      "loop",      "method",   loop_methods, sizeof(Native)},
    {"modules.datetime",     "datetime",  "class",    datetime_makers, sizeof(Native)},
    {"modules.datetime.date", "date",     "function", date_functions, sizeof(Native)},
    {"modules.datetime.datetime", "datetime", "function", datetime_functions, sizeof(Native)},
    {"modules.datetime.time", "time",     "function", time_functions, sizeof(Native)},
    {"Days, and datetimes besides", "date", "method", date_methods, sizeof(Native)},
    {"Datetimes",            "datetime",  "method",   datetime_methods, sizeof(Native)},
    {"Times, and datetimes besides", "time", "method", clock_methods, sizeof(Native)},
    {"Spans of time",        "timedelta", "method",   timedelta_methods, sizeof(Native)},
    {"modules.pytz",         "pytz",      "function", pytz_functions, sizeof(Native)},
    {"Time zones",           "tzinfo",    "method",   tz_methods, sizeof(Native)},
    {"Countries of pytz",    "country_timezones", "method", country_methods, sizeof(Native)},
    {"modules.re",           "re",        "function", re_functions, sizeof(Native)},
    {"Patterns",             "Pattern",   "method",   pattern_methods, sizeof(Native)},
    {"Matches",              "Match",     "method",   match_methods, sizeof(Native)},
    {"modules.itertools",    "itertools", "function", itertools_functions, sizeof(Native)},
    {"Decimals",             "Decimal",   "method",   decimal_methods, sizeof(Native)},
    {0},
};
// clang-format on
