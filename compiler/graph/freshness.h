// How old the rows of a source or model may be, and what says how old they are. In: a node with its
// config. Out: limits in seconds, texts, places.
#ifndef STARC_GRAPH_FRESHNESS_H
#define STARC_GRAPH_FRESHNESS_H
#include "node.h"

typedef struct FreshnessRules {
  double warn_after, error_after; // seconds; < 0: no limit
  Value limits;                   // a dict as it was given: {warn_after, error_after, filter}
  Str filter, loaded_at_field, loaded_at_query; // empty: none
} FreshnessRules;

// False: the node has no limits (then *out is not to be used).
bool freshness_rules(const Node *n, FreshnessRules *out);

// Where it was said what tells the newest row, else where the node's limits or name stand. `root`
// is the root project.
void freshness_place(const Node *n, const Package *root, const Source **src, Span *span);

// As messages name the node: "raw.orders", "stg_orders".
Str freshness_name(Arena *a, const Node *n);

#endif
