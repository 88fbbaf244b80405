// Constraints of contracts as SQL.
#ifndef STARC_CONSTRAINTS_H
#define STARC_CONSTRAINTS_H
#include "adapter.h"

// The text under a key of a dict; empty where it has none.
Str dict_text(Arena *a, Value d, const char *key);

// The two methods of adapters: the text of each column, of each constraint that has one.
Value constraints_columns(Eval *ev, Value columns, Str (*text)(Eval *ev, Value column));
Value constraints_of_model(Eval *ev, Value given, bool (*text)(Eval *ev, Buf *out, Value c));

#endif
