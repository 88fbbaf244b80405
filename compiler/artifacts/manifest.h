// manifest.json: the project as dbt's other tools read it.
#ifndef STARC_ARTIFACTS_MANIFEST_H
#define STARC_ARTIFACTS_MANIFEST_H
#include "../graph/graph.h"
#include "results.h"

// manifest.json, version 12. Nodes are written one after the other, so memory does not grow with
// the project. `results` (or NULL) says what was compiled. False: recorded, an earlier file stays.
bool manifest_write(const Graph *g, const Results *results, Str path, Diags *diags);

#endif
