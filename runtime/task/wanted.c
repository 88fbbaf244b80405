// See wanted.h.
#include "wanted.h"
#include "../run/inline_node.h"

bool wanted_inline(const RunOptions *o) { return o->inline_sql.len || o->inline_direct.len; }

// --inline and, without a template, --inline-direct.
static Node *inline_node(Run *r, Diags *diags) {
  Str direct = r->options->inline_direct;
  return direct.len ? node_inline(r, STR("--inline-direct"), direct, true, diags)
                    : node_inline(r, STR("--inline"), r->options->inline_sql, false, diags);
}

const Node **wanted_nodes(Run *r, unsigned kinds, size_t *n) {
  *n = 0;
  if (wanted_inline(r->options)) {
    const Node **one = arena_array(&r->arena, const Node *, 1);
    one[0] = inline_node(r, &r->diags);
    *n = 1;
    return run_report(r) && one[0] ? one : NULL;
  }
  bool *bits = run_select(r, kinds);
  if (!bits)
    return NULL;
  const Node **nodes = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  Node **order = graph_order(&r->arena, r->graph);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[order[i]->index])
      nodes[(*n)++] = order[i];
  return nodes;
}
