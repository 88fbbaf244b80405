// What a node reads, also through ephemeral models, semantic models and metrics: these have no
// relation of their own. In: nodes of a graph. Out: each of what they read once, however many ways
// lead there. The fields are for the walk.
//
//   reads_begin(&reads);
//   reads_each(&reads, orders, make, k);   // and more nodes, for what none before reads
#ifndef STARC_CHECK_READS_H
#define STARC_CHECK_READS_H
#include "../../compiler/graph/node.h"

typedef struct Reads {
  uint32_t *seen; // by Node.index: the walk that saw it
  uint32_t walk;
} Reads;

// Walks of this graph; its memory is the arena's.
void reads_init(Reads *r, Arena *a, const Graph *g);
// A new walk: nothing is seen.
void reads_begin(Reads *r);
// Marks a node. False: it was seen in this walk.
bool reads_first(Reads *r, const Node *n);
// Calls `each` for what the node reads and the walk has not seen, until it is false: then what that
// was for, else NULL.
const Node *reads_each(Reads *r, const Node *n, bool (*each)(void *data, const Node *read),
                       void *data);

#endif
