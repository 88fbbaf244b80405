// The newer form of semantic models and metrics, that of dbt 1.12, which stand in the entry of a
// model. In: that entry. Out: entries in the older form, whose values keep the places where the
// newer form has them, so that what reads and checks the older one does for both.
#ifndef STARC_SEMANTIC_V2_H
#define STARC_SEMANTIC_V2_H
#include "internal.h"

// The semantic model that a model's entry describes. False: it describes none, or says enabled:
// false. With more mistakes than that the entry is made all the same.
bool semantic_of_model(Load *l, const Prop *model, Prop *out);

// Warns of metrics and the like in the entry of a model without `semantic_model:`: nothing reads
// them. With `enabled: false` that is meant so.
void semantic_warn_unread(Load *l, const Prop *model);

// How many metrics stand under the `metrics:` of a model.
size_t semantic_metrics_of_model(Load *l, const Prop *model);

// The i-th of them; `of`: its semantic model as semantic_of_model made it. False: it is no metric,
// which was recorded.
bool semantic_metric_of_model(Load *l, const Prop *model, const Prop *of, size_t i, Prop *out);

// Whether an entry of `metrics:` at the top of a file is in the newer form, and it in the older.
bool semantic_is_newer(const Load *l, const Prop *metric);
void semantic_metric_of_file(Load *l, const Prop *metric, Prop *out);

// The entry as it stands in the file, of a node that was made of the newer form; NULL: it was not.
const Yaml *semantic_written(const Node *n);

#endif
