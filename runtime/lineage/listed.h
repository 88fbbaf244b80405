// What an exposure's meta lists: `columns: [orders.amount]`, the columns that it reads.
#ifndef STARC_LINEAGE_LISTED_H
#define STARC_LINEAGE_LISTED_H
#include "../check/findings.h"
#include "graph.h"

// What the text names a column of, among those that the exposure depends on, and that column; NULL:
// none of them.
const Node *listed_node(const Node *exposure, Str text, Str *column);
// Takes a warning for each name in vain. g: the whole project's; NULL: nothing is known.
void listed_find(Findings *f, const LineageGraph *g);

#endif
