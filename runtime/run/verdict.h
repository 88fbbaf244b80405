// What the query of a data test says: how many failures, and whether they are too many.
#ifndef STARC_VERDICT_H
#define STARC_VERDICT_H
#include "../../compiler/graph/node.h"
#include "../../compiler/project/project.h"

typedef struct Verdict {
  int64_t failures;
  bool should_warn, should_error;
} Verdict;

// rows: a list of dicts, as the test's statement gave them. False: they say nothing; an error at
// the test's config (fail_calc, warn_if, error_if) was recorded. `root`: the root project.
bool verdict_read(const Node *test, const Package *root, Value rows, Verdict *out, Diags *diags);

#endif
