// What the checks of semantic models, metrics and saved queries share. Each looks at a node whose
// `extra` is in the manifest's shape, and points into its YAML.
#ifndef STARC_SEMANTIC_CHECK_H
#define STARC_SEMANTIC_CHECK_H
#include "internal.h"

#define GRAINS "nanosecond microsecond millisecond second minute hour day week month quarter year"

typedef struct Checked {
  Load *l;
  const Node *n;
  const Yaml *list; // of the elements at hand, in the YAML
  bool soft;        // findings are warnings: dbt goes on, and who computes the metric will not
  const char *noun; // what is said of an aggregation: "measure" or "metric"
} Checked;

// A list of the node (undefined: it is none), how long a list is, the name of an element.
Value semantic_part(const Node *n, const char *key);
Str semantic_name(Value element);

// Where the value of `key` of element i of c->list stands (NULL: the element), else the entry.
Span semantic_place(const Checked *c, size_t i, const char *key);
// An error (a warning where `soft`) of the node at a place of its file.
Diag *semantic_wrong(const Checked *c, Span span, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
// A metric that a measure made with create_metric has no entry of its own: its patch is the
// semantic model's.
bool semantic_is_created(const Node *metric);

// An error at `span` where MetricFlow takes no such name for `what`, "an alias".
void semantic_check_name(const Checked *c, Span span, const char *what, Str name);
// "a" or "an", for a noun of these checks.
const char *semantic_article(const char *noun);

// Findings about what semantic models, metrics, saved queries and time spines say; when all nodes
// have their patches.
void load_check_semantic(Load *l);

#endif
