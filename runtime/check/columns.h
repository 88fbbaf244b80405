// The columns of what was checked.
#ifndef STARC_CHECK_COLUMNS_H
#define STARC_CHECK_COLUMNS_H
#include "check.h"
#include "place.h"

// Fills the columns of these nodes, whose relations stand in the place: one question for all.
void columns_read(CheckPlace *p, CheckedNode *const *nodes, size_t n);

// Whether the relation of a node has a column, in any case.
bool columns_have(const CheckedNode *c, Str name);

// Adds the hint for a name that none of its columns has. False: there is nothing to say.
bool columns_nearest(Diags *diags, Diag *d, const CheckedNode *c, Str name);

#endif
