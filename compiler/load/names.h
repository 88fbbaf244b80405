// The names and hashes of generic tests, as dbt makes them. In: a test's name, target and
// arguments. Out: text. Known of by artifacts of earlier runs, so they may never change.
#ifndef STARC_LOAD_NAMES_H
#define STARC_LOAD_NAMES_H
#include "../value/value.h"

// "unique_dim_customers_id": type is "unique", "source_unique", "dbt_utils_x", ...; target is the
// model's name (with _vK), or SRC_TABLE. args: dict of the test's arguments with column_name.
// *brief is the shortened name when the full one has 64 characters or more, else the same.
Str test_full_name(Arena *a, Str type, Str target, Value args, Str *brief);

// The last ten hex digits of the unique id. `kwargs` holds the arguments, column_name and model.
Str test_hash(Arena *a, Str full, Value kwargs, Str name, Str ns);

#endif
