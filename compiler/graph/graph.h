// Edges, lookup, order, cycles. In: nodes with refs. Out: a linked graph.
#ifndef STARC_GRAPH_H
#define STARC_GRAPH_H
#include "node.h"

Graph *graph_new(Arena *a, Project *p);
void graph_add(Arena *a, Graph *g, Node *n); // enabled or disabled by n->enabled

typedef enum RefResult {
  REF_FOUND,
  REF_DISABLED,
  REF_MISSING,
  REF_AMBIGUOUS,
  REF_VERSION
} RefResult;
// What ref(package, name, version) written in `from` means (dbt's rules: package given; else the
// root project's, then the node's own package, then any; a project's flag turns the first two
// round). *found is also set for REF_DISABLED.
RefResult graph_ref(const Graph *g, const Node *from, Str package, Str name, Str version,
                    Node **found);
// Which of two nodes of one name in one package a ref means.
const Node *graph_meant(const Node *a, const Node *b);
// The same for source(source, table).
RefResult graph_source(const Graph *g, const Node *from, Str source, Str table, Node **found);
// The same for function(package, name).
RefResult graph_function(const Graph *g, const Node *from, Str package, Str name, Node **found);
// The metric that metric(package, name) written in `from` (or NULL) means; NULL: none.
Node *graph_metric(const Graph *g, const Node *from, Str package, Str name);
// What to say of a name that was not found (str_hint_for); empty: nothing.
Str graph_hint(Arena *a, const Graph *g, Str name);
Str graph_hint_source(Arena *a, const Graph *g, Str source, Str table);
Str graph_hint_function(Arena *a, const Graph *g, Str name);

// Resolves each node's refs, sources and functions to needs and feeds; records an error for each
// that is missing, disabled, ambiguous, private to a group or the node itself, with the nearest
// name; then reports cycles with the whole path and files. False if any. A test whose target is not
// there is put among the disabled ones instead (with a warning unless the target is disabled), as
// dbt does; indexes are given anew.
bool graph_link(Arena *a, Graph *g, Diags *diags);

// Why a node may not read a model.
typedef enum Barrier {
  BARRIER_NONE,
  BARRIER_GROUP,  // it is private, and the reader is not in its group
  BARRIER_PACKAGE // restrict-access of its package keeps others out
} Barrier;
// Whether `from` (NULL: an operation) of a package may read `to`. Unit tests and queries given on
// the command line may read everything.
Barrier graph_barrier(const Node *from, const Package *package, const Node *to);

// Whether text version a is before (<0), the same as (0) or after (>0) b: numbers as numbers.
int graph_version_cmp(Str a, Str b);

// Whether it is the version that a ref without one means; false where it has no version.
bool graph_is_latest(const Node *n);

// All enabled nodes, parents before children; among equals the fixed order. Caller's arena.
Node **graph_order(Arena *a, const Graph *g);

#endif
