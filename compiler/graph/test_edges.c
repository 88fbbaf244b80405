// See test_edges.h.
#include "test_edges.h"

typedef struct Walk {
  const bool *waits; // by Node.index
  TestEdge *edge;
  void *data;
  uint32_t *seen; // by Node.index: the round that saw it
  uint32_t round;
  const Node **stack; // as deep as there are nodes
  uint32_t *count;    // by Node.index: how many parents of one test stand above it; else all 0
  const Node **below; // the nodes with a count
  size_t nbelow;
} Walk;

// Exposures and saved queries have nothing to do.
static bool never_waits(const Node *n) {
  return n->kind == NODE_TEST || n->kind == NODE_UNIT_TEST || n->kind == NODE_EXPOSURE ||
         n->kind == NODE_SAVED_QUERY;
}

// Walks what stands below `n`, tests aside. With a `test`, the nodes nearest to `n` that can wait
// get an edge from it, and what stands below them is not looked at. Otherwise every node below `n`
// is counted, and listed in w->below when it is the first time.
static void walk_below(Walk *w, const Node *n, const Node *test) {
  size_t depth = 0;
  w->round++;
  w->stack[depth++] = n;
  while (depth) {
    const Node *at = w->stack[--depth];
    for (size_t i = 0; i < at->nfeeds; i++) {
      const Node *c = at->feeds[i];
      if (never_waits(c) || w->seen[c->index] == w->round)
        continue;
      w->seen[c->index] = w->round;
      if (test && w->waits[c->index]) {
        w->edge(w->data, test, c);
        continue;
      }
      if (!test && !w->count[c->index]++)
        w->below[w->nbelow++] = c;
      w->stack[depth++] = c;
    }
  }
}

// One that can wait and stands below all of the test's parents.
static bool is_common(const Walk *w, const Node *n, const Node *test) {
  return w->count[n->index] == test->nneeds && w->waits[n->index];
}

// A test of several parents holds up what stands below all of them; the topmost such nodes suffice.
static void hold_common(Walk *w, const Node *test) {
  w->nbelow = 0;
  for (size_t i = 0; i < test->nneeds; i++)
    walk_below(w, test->needs[i], NULL);
  for (size_t i = 0; i < w->nbelow; i++) {
    const Node *n = w->below[i];
    bool topmost = is_common(w, n, test);
    for (size_t k = 0; topmost && k < n->nneeds; k++)
      topmost = !is_common(w, n->needs[k], test);
    if (topmost)
      w->edge(w->data, test, n);
  }
  for (size_t i = 0; i < w->nbelow; i++)
    w->count[w->below[i]->index] = 0;
}

void graph_test_edges(Arena *a, const Graph *g, const Node *const *tests, size_t ntests,
                      const bool *waits, TestEdge *edge, void *data) {
  Walk w = {.waits = waits,
            .edge = edge,
            .data = data,
            .seen = arena_array(a, uint32_t, g->nnodes + 1),
            .stack = arena_array(a, const Node *, g->nnodes + 1),
            .count = arena_array(a, uint32_t, g->nnodes + 1),
            .below = arena_array(a, const Node *, g->nnodes + 1)};
  for (size_t i = 0; i < ntests; i++) {
    const Node *t = tests[i];
    if (t->kind == NODE_TEST && t->nneeds == 1)
      walk_below(&w, t->needs[0], t);
    else if (t->kind == NODE_TEST && t->nneeds > 1)
      hold_common(&w, t);
  }
}
