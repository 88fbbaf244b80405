// What semantic models and metrics say of columns: expressions over their model. In: such a node,
// whose model stands in the place. Out: its result, with a finding at the YAML word of each
// expression that the database refuses. Nothing is computed.
#ifndef STARC_CHECK_SEMANTICS_H
#define STARC_CHECK_SEMANTICS_H
#include "place.h"

// Semantic models and metrics.
bool semantics_is(const Node *n);
RunResult *semantics_look(CheckPlace *p, const Node *n);
// Queries, a list of texts, that give what the node is made of: a column for each entity, dimension
// and measure, or for the metric, under its name. None: it has no expression.
Value semantics_queries(CheckPlace *p, Arena *a, const Node *n);

#endif
