// The documentation page: one file that opens from anywhere, without a server.
#ifndef STARC_PAGE_H
#define STARC_PAGE_H
#include "../../compiler/graph/graph.h"

// Writes index.html: nodes, columns (types from the catalog, a dict as catalog_value makes it, or
// undefined), tests, lineage and SQL. `compiled` gives a node's compiled text or an empty slice.
// False: recorded, an earlier page stays.
bool page_write(const Graph *g, Value catalog, Str (*compiled)(void *data, const Node *n),
                void *data, Str path, Diags *diags);

#endif
