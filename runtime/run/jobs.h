// Selected nodes -> jobs with edges, for the pool.
#ifndef STARC_JOBS_H
#define STARC_JOBS_H
#include "run.h"

typedef struct Jobs {
  const Node **nodes;
  size_t n;
  PoolEdge *edges;
  size_t nedges;
  double *weights;
} Jobs;

// Jobs of the selected nodes (bits by Node.index) but ephemeral ones, in the graph's order. Nodes
// that are not selected pass the order of their parents on. `tests_block`: what stands below a
// test's parents waits for the test, and a model for its unit tests (build).
void jobs_make(Jobs *j, Run *r, const bool *bits, bool tests_block);

#endif
