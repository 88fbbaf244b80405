// The columns of what was checked.
#ifndef STARC_CHECK_COLUMNS_H
#define STARC_CHECK_COLUMNS_H
#include "check.h"
#include "lock.h"
#include "place.h"

// Fills the columns of these nodes, whose relations stand in the place: one question for all.
void columns_read(CheckPlace *p, CheckedNode *const *nodes, size_t n);

// Whether the relation of a node has a column, in any case.
bool columns_have(const CheckedNode *c, Str name);

// What a column may be now: one that is new, is of the type of the one that is gone, and whose name
// is near or which alone is new. Empty: none, or it was not there then.
Str columns_became(Arena *a, LockedColumns now, LockedColumns then, Str gone);

// A column that has the name behind a dot, as ClickHouse names those of a join where two tables
// have it: "orders.id". Empty: none, or the name is a column by itself.
Str columns_dotted(LockedColumns now, Str name);
// The hint for that.
Str columns_dotted_hint(Arena *a, Str dotted, Str name);

// Adds the hint for a name that is none of the columns now: what it became, else of those that are
// new the nearest, if it was there then; else the nearest of all. False: there is nothing to say.
bool columns_hint(Diags *diags, Diag *d, LockedColumns now, LockedColumns then, Str name);

#endif
