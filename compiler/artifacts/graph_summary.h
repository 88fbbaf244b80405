// graph_summary.json: the graph alone.
#ifndef STARC_ARTIFACTS_GRAPH_SUMMARY_H
#define STARC_ARTIFACTS_GRAPH_SUMMARY_H
#include "../graph/graph.h"

// graph_summary.json: ids, kinds and edges, a number for each node. `tests`: a second time with the
// edges that make nodes wait for tests, those that are needed.
bool graph_summary_write(const Graph *g, bool tests, Str path, Diags *diags);

#endif
