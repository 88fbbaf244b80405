// What a person means by "orders", "raw.orders.amount" or "model.shop.orders.amount".
#ifndef STARC_LINEAGE_NAME_H
#define STARC_LINEAGE_NAME_H
#include "../../compiler/base/diag.h"
#include "graph.h"

// The nodes of a project by their names alone, before anything is known of columns.
LineageGraph *lineage_names(Arena *a, const Graph *project);

// Sets *node to what `text` names, and *column to what stands behind it and a dot; empty: nothing
// does. Of two names that fit the longer one counts, then what makes a relation before a semantic
// model or a metric that is called as it. *node is NULL where there is none of that
// name. False: several have it, which is recorded.
bool lineage_find(const LineageGraph *g, Str text, const LineageNode **node, Str *column,
                  Diags *diags);
// Records that nothing has the name, with the nearest one.
void lineage_not_found(const LineageGraph *g, Str text, Diags *diags);
// A column as a person writes it, also in quotes or in another case. LINEAGE_NONE: recorded.
uint32_t lineage_find_column(const LineageGraph *g, const LineageNode *n, Str name, Diags *diags);

#endif
