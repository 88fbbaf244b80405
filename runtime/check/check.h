// What the database makes of the SQL of nodes, before anything is built. In: a run with its graph,
// the nodes that are looked at. Out: for each what was found. Nothing of the target is changed, no
// statement of a node is run: relations are made empty, each from its node's own query, so that
// what reads it is looked at with its real columns and types.
#ifndef STARC_CHECK_NODES_H
#define STARC_CHECK_NODES_H
#include "../run/run.h"

typedef enum CheckState {
  CHECK_GOOD,
  CHECK_WRONG,   // the database refuses it, or its template fails: the result has the finding
  CHECK_PARENT,  // not checked: `because` is wrong, and its columns are not known
  CHECK_UNKNOWN, // not checked: the columns of the source `because` are not known
  CHECK_STOPPED  // not reached
} CheckState;

typedef struct CheckedNode {
  const Node *node;
  CheckState state;
  const Node *because;     // or NULL
  const RunResult *result; // of what was looked at, else NULL; the run's
  const DbColumn *columns; // of its relation, in order, types as the database names them
  size_t ncolumns;         // 0: it has no relation, or it is not known
} CheckedNode;

typedef struct Checked {
  CheckedNode *nodes; // in the graph's order; in the run's arena
  size_t n;
} Checked;

// Looks at the nodes of `bits` (by Node.index). The graph's nodes may have other schemas
// afterwards (place.h): the run is good for nothing but telling what was found. False: it could not
// begin, which is reported. From one thread, once a run.
bool check_nodes(Run *r, const bool *bits, Checked *out);

#endif
