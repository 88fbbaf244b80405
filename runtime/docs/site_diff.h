// What of a project is not what it was: the page of `starc docs diff`. In: an earlier manifest,
// with the catalog and the lineage beside it. Out: members of the page's data (site/src/data.ts:
// Diff, Before), and the nodes that are gone. What counts as a change is graph/state.h's.
#ifndef STARC_DOCS_SITE_DIFF_H
#define STARC_DOCS_SITE_DIFF_H
#include "../../compiler/graph/state.h"
#include "../../compiler/value/json.h"

// What was known of the earlier project, and what is known of this one.
typedef struct SiteThen {
  const StateIndex *state;
  Value catalog, lineage;         // catalog.json whole, nodes of lineage.json; or undefined
  Value catalog_now, lineage_now; // the same of now
  Str type;                       // of this database: types of columns of another are not compared
} SiteThen;

typedef struct SiteDiff SiteDiff;

// Compares all nodes and macros. It and what it gives live in the arena, and as long as what is in
// `then`. Nothing is recorded.
SiteDiff *site_diff(Arena *a, const Graph *g, const SiteThen *then);

// How a node is: "added", "changed"; NULL: as it was.
const char *site_diff_how(const SiteDiff *d, const Node *n);
// What of a changed node is other, as words: "sql, columns". In the arena.
Str site_diff_what(Arena *a, const SiteDiff *d, const Node *n);

// The earlier manifest's entry of the node; NULL: there is none.
const Value *site_diff_old(const SiteDiff *d, Str id);
// The entries of nodes, sources and so on that are no more, in the manifest's order, then those of
// macros of packages that the project still has.
size_t site_diff_gone(const SiteDiff *d, const Value *const **gone);
// What the earlier catalog has of one of those; undefined: nothing.
Value site_diff_gone_catalog(const SiteDiff *d, Value gone);

// Writes the member `against` of the index: what this is compared with.
void site_diff_against(Json *j, const SiteDiff *d);
// Writes the member `diff` of an index entry: nothing where the node or macro is as it was.
void site_diff_node(Json *j, const SiteDiff *d, const Node *n);
void site_diff_macro(Json *j, const SiteDiff *d, const MacroEntry *m);
// Writes the member `before` of a changed node's or macro's detail. `light`: without SQL. Any
// thread, with a scratch arena of its own.
void site_diff_before(Json *j, Arena *scratch, const SiteDiff *d, const Node *n, bool light);
void site_diff_macro_before(Json *j, const SiteDiff *d, const MacroEntry *m, bool light);

#endif
