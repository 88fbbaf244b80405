// See kinds.h.
#include "kinds.h"

bool kind_is_unread(const Node *n) { return node_is_test(n) || n->kind == NODE_ANALYSIS; }

// Rows that are given have the types of what they stand for.
static void put_inputs(const UnitTest *u, Str schema) {
  u->runner->schema = schema;
  for (size_t i = 0; i < u->ninputs; i++) {
    u->inputs[i].stand_in->schema = u->inputs[i].of->schema;
    u->inputs[i].stand_in->database = u->inputs[i].of->database;
  }
}

void kinds_put(const CheckPlace *p) {
  const Graph *g = p->run->graph;
  for (size_t i = 0; i < g->nnodes; i++) {
    Node *n = g->nodes[i];
    if (!kind_is_unread(n))
      continue;
    n->schema = p->test_schema;
    if (n->unit)
      put_inputs(n->unit, p->test_schema);
  }
}
