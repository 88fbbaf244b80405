// `column:` of a selection: the nodes that a column is made from, and those that read it.
#ifndef STARC_LINEAGE_PICK_H
#define STARC_LINEAGE_PICK_H
#include "../../compiler/graph/select.h"

// SelectColumns.pick of a Run: the columns are those of lineage_whole(). Picked are the node that
// has the column; the nodes that its value is made from; the nodes that read it, by value or for
// which rows they have, those of which that cannot be told, and what stands behind these without
// columns of its own (exposures, metrics).
bool pick_columns(void *run, const ColumnCriterion *c, bool *picked, bool *tests, Diags *diags);

#endif
