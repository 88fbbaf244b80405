// The documentation page: one file that opens from anywhere, without a server. Its script and
// styles are made from site/ (make site); here its data is put in. docs/internals/site.md has its
// form.
#ifndef STARC_DOCS_SITE_H
#define STARC_DOCS_SITE_H
#include "../../compiler/artifacts/results.h"
#include "../../compiler/graph/graph.h"
#include "../../compiler/graph/state.h"

// What is known beyond the graph.
typedef struct SiteFound {
  Value catalog; // types of columns, a dict as catalog_value makes it; or undefined
  Value loads;   // what loads.json has of each, by its id; or undefined
  Value lineage; // the nodes of lineage.json, by id; or undefined
  Value rows;    // by unique id, as docs_rows gives them (task/docs_rows.h); or undefined
  const StateIndex *outcome;        // how nodes' last run ended, how old sources are; NULL: unknown
  const RunResult *const *compiled; // by Node.index: what compiling it gave; items may be NULL
  Str target, database;             // the target's name and the kind of database
} SiteFound;

// Writes the page: every node but hooks, macros that the project has or uses, and what was found.
// Nodes whose `docs: {show: false}` says so are left out, names too. Secrets are masked. False:
// recorded, an earlier page stays.
bool site_write(const Graph *g, const SiteFound *found, Str path, Diags *diags);

#endif
