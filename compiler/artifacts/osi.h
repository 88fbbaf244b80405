// osi_document.json, for tools that read no MetricFlow.
#ifndef STARC_ARTIFACTS_OSI_H
#define STARC_ARTIFACTS_OSI_H
#include "../graph/graph.h"

// osi_document.json: the same for other tools, in the form of the Open Semantic Interchange.
bool osi_document_write(const Graph *g, Str path, Diags *diags);

#endif
