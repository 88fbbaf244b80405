// Shared by the two halves of osi_document.json: osi.c writes it, osi_sql.c says what stands in it
// as SQL.
#ifndef STARC_OSI_PARTS_H
#define STARC_OSI_PARTS_H
#include "../graph/graph.h"

typedef struct OsiMetric {
  const Node *node;
  Value dict; // the node's
} OsiMetric;

// What a metric or a measure adds up, in the form in which MetricFlow computes it: a count is a sum
// of ones, a median a percentile.
typedef struct Aggregation {
  Str agg, expr;
  Str model;    // the semantic model that has the columns
  Value params; // percentile, use_discrete_percentile; may be none
} Aggregation;

typedef struct Osi {
  Arena *a;
  const Graph *g;
  Diags *diags;
  Map metrics;  // name -> OsiMetric
  Map measures; // name -> Aggregation
  Map filters;  // the bytes of two Dict *, filters -> Str: what they say; no text: an error
  Map inputs;   // the bytes of a derived OsiMetric * -> Map: a word of its expression -> Value
} Osi;

// The aggregation of a measure, or of a metric that has its own: `what` has agg, expr, agg_params.
Aggregation osi_aggregation(Arena *a, Value what, Str name, Str model);

// A metric as one SQL expression, with the metrics that it is made of and their filters put in.
// False: it has none; the reason is recorded.
bool osi_metric_sql(Osi *o, const OsiMetric *m, Str *out);

// What filters of metrics can name (osi_sql.c).
extern const Native filter_functions[], dimension_methods[];

#endif
