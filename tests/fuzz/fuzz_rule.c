// Any bytes as what Postgres answers about a view: no crash, no hang; each column's inputs are in
// order and there once. The first byte tells whether reading stops at CTEs.
#include "../../compiler/dialect/dialect.h"
#include "../../compiler/dialect/lineage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int order(const LineageInput *a, const LineageInput *b) {
  int by = str_cmp(a->schema, b->schema);
  by = by ? by : str_cmp(a->relation, b->relation);
  return by ? by : str_cmp(a->column, b->column);
}

static void check_inputs(const LineageInput *inputs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (inputs[i].step > STEP_SORT || (i && order(&inputs[i - 1], &inputs[i]) >= 0))
      abort();
}

static void check_lineage(const QueryLineage *q) {
  for (size_t i = 0; i < q->ncolumns; i++)
    check_inputs(q->columns[i].inputs, q->columns[i].n);
  check_inputs(q->rows, q->nrows);
  for (size_t i = 0; i < q->nctes; i++) {
    if (q->ctes[i].lineage.nctes)
      abort();
    check_lineage(&q->ctes[i].lineage);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size)
    return 0;
  Arena a = {0};
  Str answer = str_n((const char *)data + 1, size - 1);
  QueryLineage q =
      dialect_find(STR("postgres"))->lineage->read(&a, answer, data[0] & 1 ? STR("c") : (Str){0});
  check_lineage(&q);
  arena_free(&a);
  return 0;
}
