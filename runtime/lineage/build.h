// Makes the lineage graph of what is checked: each node's query is asked about, where it stands.
//
//   LineageBuild *b = lineage_begin(r, k);      // after check_open
//   if (check_nodes(k, bits, &checked))
//     g = lineage_end(b, &checked);             // before check_close
#ifndef STARC_LINEAGE_BUILD_H
#define STARC_LINEAGE_BUILD_H
#include "../check/check.h"
#include "../run/run.h"
#include "graph.h"

typedef struct LineageBuild LineageBuild;

// A node as the graph has it, without columns.
LineageNode lineage_describe(Arena *a, const Node *n);

// From now on what the check makes is asked about.
LineageBuild *lineage_begin(Run *r, Check *k);
// Adds to bits (by Node.index) what the graph got to that `checked` has not, of these kinds: a node
// whose relation is named by hand is nobody's parent. False: nothing.
bool lineage_more(const LineageBuild *b, const Checked *checked, unsigned kinds, bool *bits);
// A comparison in the query of a node whose sides are of different kinds.
typedef struct LineageMixed {
  const Node *node;
  MixedTypes types;
} LineageMixed;

// Those that were seen by now, once each.
const LineageMixed *lineage_mixed(const LineageBuild *b, size_t *n);
// The graph has the nodes of `checked`, the sources and ephemeral models that they read, and
// relations that no node makes. A data test has no columns: what it looks at are the inputs of its
// rows. In the run's arena. NULL: the run stopped.
LineageGraph *lineage_end(LineageBuild *b, const Checked *checked);

#endif
