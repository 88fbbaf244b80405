// Which columns of a table are its keys, and where they lead: what the page draws relations of
// (site/src/data.ts: Key).
#ifndef STARC_DOCS_SITE_KEYS_H
#define STARC_DOCS_SITE_KEYS_H
#include "../../compiler/graph/graph.h"
#include "../../compiler/value/json.h"

// Where a node stands in the index; < 0: it is not shown.
typedef ptrdiff_t SitePlace(const void *site, const Node *n);

// Writes the member `keys` of an index entry: of a table those of its constraints and of its
// columns', of a generic test what it says of the table that it stands at, where it looks values up
// in another (`to`, `field`) or takes several columns together. Nothing where there is none; a
// key to a table that is not shown is left out. `a`: for what it needs meanwhile.
void site_keys(Json *j, Arena *a, const Graph *g, const Node *n, SitePlace *place,
               const void *site);

#endif
