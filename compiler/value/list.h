// Lists and tuples: made, and changed in place. `a` is where a grown array goes.
#ifndef STARC_VALUE_LIST_H
#define STARC_VALUE_LIST_H
#include "types.h"

Value val_list(Arena *a, size_t cap);  // empty, room for cap
Value val_tuple(Arena *a, size_t cap); // filled with list_push before anyone sees it

void list_push(Arena *a, List *l, Value v);
void list_insert(Arena *a, List *l, size_t at, Value v); // at <= n
void list_remove(List *l, size_t at);                    // at < n

#endif
