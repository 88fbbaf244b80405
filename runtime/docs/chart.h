// `meta: {chart: ..}` of a model or exposure: what the documentation page draws.
#ifndef STARC_DOCS_CHART_H
#define STARC_DOCS_CHART_H
#include "../../compiler/graph/graph.h"

// Whether a node asks for a chart: by a dict, or by true for one that the page guesses.
bool chart_wanted(const Node *n);
// How many rows of its relation the chart is drawn from; 0: no chart is wanted.
int64_t chart_rows(const Node *n);
// Whether a chart, of `by`, is drawn from the rows of n: its own, or of an exposure that reads n
// alone or names it.
bool chart_draws(const Node *by, const Node *n);
// Records a warning for each key and type that is none, and each column that the rows do not have,
// with the nearest name. `names`: a list of the rows' columns.
void chart_check(const Graph *g, const Node *n, Value names, Diags *diags);

#endif
