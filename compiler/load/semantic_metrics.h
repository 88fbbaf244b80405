// What metrics and saved queries say.
#ifndef STARC_SEMANTIC_METRICS_H
#define STARC_SEMANTIC_METRICS_H
#include "semantic_check.h"

// The first quoted text in "TimeDimension('id__day', 'day')"; the whole where there is none.
Str semantic_quoted(Str s);

void semantic_check_metric(Checked *c);
void semantic_check_query(Checked *c);
// The aliases by which metrics name measures and metrics, of all metrics together.
void semantic_check_aliases(Load *l);

#endif
