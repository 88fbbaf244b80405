// The documentation page: one file that opens from anywhere, without a server.
#ifndef STARC_PAGE_H
#define STARC_PAGE_H
#include "../../compiler/graph/graph.h"

// What is known beyond the graph.
typedef struct PageFound {
  Value catalog; // types of columns, a dict as catalog_value makes it; or undefined
  Value loads;   // what loads.json has of each, by its id; or undefined
} PageFound;

// Writes index.html: nodes, columns, tests, lineage, loads and SQL. `compiled` gives a node's
// compiled text or an empty slice. False: recorded, an earlier page stays.
bool page_write(const Graph *g, const PageFound *found, Str (*compiled)(void *data, const Node *n),
                void *data, Str path, Diags *diags);

#endif
