// semantic_manifest.json, for MetricFlow.
#ifndef STARC_ARTIFACTS_SEMANTIC_H
#define STARC_ARTIFACTS_SEMANTIC_H
#include "../graph/graph.h"

// semantic_manifest.json: metrics and what they are made of.
bool semantic_manifest_write(const Graph *g, Str path, Diags *diags);

#endif
