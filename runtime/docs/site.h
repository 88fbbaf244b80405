// The documentation page: one file that opens from anywhere, without a server. Its script and
// styles are made from site/ (make site); here its data is put in. docs/internals/site.md has its
// form.
#ifndef STARC_DOCS_SITE_H
#define STARC_DOCS_SITE_H
#include "../../compiler/artifacts/results.h"
#include "../../compiler/graph/graph.h"
#include "site_diff.h"
#include "site_results.h"

// What the project says of the page: `docs:` of its file, or `docs` of `vars: starc:`, which dbt
// reads too.
typedef struct SiteConfig {
  Str title;      // the project's name where it says nothing
  Str repository; // an http(s) address without a slash at its end; empty: none
  Str logo;       // a data: address of a picture; empty: none
} SiteConfig;

// Reads it; texts are the arena's. False: it cannot be used, recorded.
bool site_config(Arena *a, const Project *p, SiteConfig *out, Diags *diags);

// What is known beyond the graph.
typedef struct SiteFound {
  Value catalog;        // types of columns, a dict as catalog_value makes it; or undefined
  Value loads;          // what loads.json has of each, by its id; or undefined
  Value lineage;        // the nodes of lineage.json, by id; or undefined
  Value rows;           // by unique id, as docs_rows gives them (task/docs_rows.h); or undefined
  const SiteDiff *diff; // what is other than it was, NULL: nobody asked
  SiteResults results;  // how nodes' runs ended, how old sources are
  SiteConfig config;
  const bool *chosen;               // which nodes are shown, by Node.index; NULL: all
  bool light;                       // without SQL, and without macros of packages
  const RunResult *const *compiled; // by Node.index: what compiling it gave; items may be NULL
  // The statement that built a node last, in `a`; empty: none is known. NULL: nobody asks.
  Str (*ran)(void *data, Arena *a, const Node *n);
  void *ran_data;
  Str target, database; // the target's name and the kind of database
  Str commit;           // of the project's folder; empty: none
} SiteFound;

// Writes the page: every node but hooks, macros that the project has or uses, and what was found.
// Nodes that are not chosen or whose `docs: {show: false}` says so are left out, and tests that
// read such; what others have of their ids too. With `diff`, what is gone stands behind the others
// (not where only some nodes are chosen). Secrets are masked. False: recorded, an earlier
// page stays.
bool site_write(const Graph *g, const SiteFound *found, Str path, Diags *diags);

#endif
