// Methods of the adapter about columns.
#ifndef STARC_ADAPTER_COLUMNS_H
#define STARC_ADAPTER_COLUMNS_H
#include "adapter.h"

// What get_columns_in_relation's macro gives, which a project may have of its own: any value. The
// same as a list, in which built-in code looks for columns.
Value adapter_columns(Eval *ev, Context *c, Value relation);
Value adapter_column_list(Eval *ev, Context *c, Value relation);

// The columns of an empty query: a list of column objects.
Value adapter_query_columns(Eval *ev, Context *c, Str sql);

#endif
