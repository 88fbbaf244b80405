// Any bytes as ClickHouse's answer about the columns of a query, the first byte says where to stop:
// no crash, no hang; nodes hold each other, and each column has each input once, in order.
#include "../../compiler/dialect/clickhouse/lineage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_nodes(Arena *a, Str text) {
  QueryTree t;
  if (query_tree_read(a, text, &t))
    return;
  for (uint32_t i = 0; i < t.n; i++) {
    const TreeNode *n = &t.nodes[i], *up = tree_parent(&t, n);
    uint32_t children = 0;
    for (const TreeNode *c = tree_first(&t, n); c; c = tree_next(&t, c))
      if (c->nth != children++ || tree_parent(&t, c) != n)
        abort();
    if (n->end <= i || n->end > t.n || (up && (n->parent >= i || n->end > up->end)))
      abort();
    Str field = tree_field(n, "column_name");
    if ((field.len && !str_holds(text, field)) || tree_type(n).len > n->text.len)
      abort();
  }
}

static int compare(const LineageInput *a, const LineageInput *b) {
  int order = str_cmp(a->schema, b->schema);
  if (!order)
    order = str_cmp(a->relation, b->relation);
  return order ? order : str_cmp(a->column, b->column);
}

static void check_inputs(const LineageInput *inputs, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (inputs[i].step > STEP_SORT || (i && compare(&inputs[i - 1], &inputs[i]) >= 0))
      abort();
}

static void check_lineage(const QueryLineage *l) {
  check_inputs(l->rows, l->nrows);
  for (size_t i = 0; i < l->ncolumns; i++)
    check_inputs(l->columns[i].inputs, l->columns[i].n);
  for (size_t i = 0; i < l->nctes; i++)
    check_lineage(&l->ctes[i].lineage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const stops[] = {"", "r", "__dbt__cte__"};
  if (!size)
    return 0;
  Str text = str_n((const char *)data + 1, size - 1);
  Arena a = {0};
  check_nodes(&a, text);
  QueryLineage l = clickhouse_lineage.read(&a, text, str_c(stops[data[0] % COUNT(stops)]));
  check_lineage(&l);
  ResolvedQuery q = clickhouse_resolved(&a, text);
  for (size_t i = 0; i < q.ncolumns; i++)
    if (!q.columns[i].name.len || !q.columns[i].type.len)
      abort();
  arena_free(&a);
  return 0;
}
