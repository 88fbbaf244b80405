// What the elements of semantic models say.
#ifndef STARC_SEMANTIC_ELEMENTS_H
#define STARC_SEMANTIC_ELEMENTS_H
#include "semantic_check.h"

// What the elements of one semantic model say; what those of several say of
// one name, and time spines of their granularities.
void semantic_check_elements(Checked *c);
void semantic_check_across(Load *l);
// What the metric of a semantic model (c->n) says of how it is computed, as a measure: name, agg,
// agg_params, expr, non_additive_dimension. A count of nothing is never soft. c->list holds it as
// its one element.
void semantic_check_aggregation(const Checked *c, Value measure);
// An error at `span` where the semantic model c->n has no time dimension of this name.
void semantic_check_time(const Checked *c, Span span, Str name);

#endif
