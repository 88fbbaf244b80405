// Which nodes wait for which test: what stands below everything that a test reads is not built
// before it passed. In: a linked graph. Out: edges from tests, only those that are needed: what
// stands below a node that waits does so through it.
#ifndef STARC_TEST_EDGES_H
#define STARC_TEST_EDGES_H
#include "graph.h"

typedef void TestEdge(void *data, const Node *test, const Node *node);

// Calls `edge` for each test of `tests` and each node of `waits` (both by Node.index) that waits
// for it, the tests in the order given. Tests, exposures and saved queries never wait. Memory is
// taken from `a`.
void graph_test_edges(Arena *a, const Graph *g, const Node *const *tests, size_t ntests,
                      const bool *waits, TestEdge *edge, void *data);

#endif
