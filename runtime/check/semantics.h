// What semantic models and metrics say of columns: expressions over their model. In: such a node,
// whose model stands in the place. Out: its result, with a finding at the YAML word of each
// expression that the database refuses. Nothing is computed.
#ifndef STARC_CHECK_SEMANTICS_H
#define STARC_CHECK_SEMANTICS_H
#include "place.h"

// Semantic models and metrics.
bool semantics_is(const Node *n);
RunResult *semantics_look(CheckPlace *p, const Node *n);

#endif
