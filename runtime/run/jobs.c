// See jobs.h. An edge is added from each nearest selected node above; with tests_block also from a
// test to the selected nodes below all its parents, so that a failed test skips them.
#include "jobs.h"

#include "../../compiler/base/vec.h"
#include "../../compiler/graph/test_edges.h"

enum { NOT_A_JOB = UINT32_MAX };

typedef struct Making {
  Arena *a;
  Jobs *jobs;
  const Graph *g;
  uint32_t *job_of; // by Node.index
  uint32_t *seen;   // by Node.index: the round that saw it
  uint32_t round;
  const Node **stack; // as deep as there are nodes
  size_t cap;
  bool units_first; // a unit test runs before its model
} Making;

static void add_edge(Making *m, uint32_t from, uint32_t to) {
  Jobs *j = m->jobs;
  vec_room(m->a, j->edges, j->nedges, m->cap);
  j->edges[j->nedges++] = (PoolEdge){from, to};
}

// Edges into job `to` from the nearest jobs above its node. A unit test that runs before its model
// stands where the model does.
static void edges_into(Making *m, const Node *n, uint32_t to) {
  if (n->kind == NODE_UNIT_TEST && m->units_first) {
    n = n->unit->tested;
    if (m->job_of[n->index] != NOT_A_JOB)
      add_edge(m, to, m->job_of[n->index]);
  }
  size_t depth = 0;
  m->round++;
  m->stack[depth++] = n;
  while (depth) {
    const Node *at = m->stack[--depth];
    for (size_t i = 0; i < at->nneeds; i++) {
      const Node *p = at->needs[i];
      if (m->seen[p->index] == m->round)
        continue;
      m->seen[p->index] = m->round;
      if (m->job_of[p->index] != NOT_A_JOB)
        add_edge(m, m->job_of[p->index], to);
      else
        m->stack[depth++] = p;
    }
  }
}

// A model without any text is left out, as dbt does.
static bool is_empty(const Node *n) { return n->kind == NODE_MODEL && !str_trim(n->raw_code).len; }

static bool is_job(const Node *n, const bool *bits) {
  return bits[n->index] && !str_is(node_materialized(n), "ephemeral") && !is_empty(n);
}

// What a job costs, for the order among those that may run. Seeds come first: they are small, and
// a source may name the table that one of them fills, which no edge tells.
static double weight(const Node *n) {
  const double seeds_first = 1e6;
  return n->kind == NODE_SEED ? seeds_first : node_is_test(n) ? 0.2 : 1;
}

static void test_edge(void *data, const Node *test, const Node *node) {
  Making *m = data;
  add_edge(m, m->job_of[test->index], m->job_of[node->index]);
}

// A failed test skips the jobs below all that it reads.
static void tests_hold_up(Making *m) {
  bool *waits = arena_array(m->a, bool, m->g->nnodes + 1);
  for (size_t i = 0; i < m->jobs->n; i++)
    waits[m->jobs->nodes[i]->index] = true;
  graph_test_edges(m->a, m->g, m->jobs->nodes, m->jobs->n, waits, test_edge, m);
}

// What waits for nothing goes before the tests that wait for nothing, as with dbt: a test may read
// what a model of its package writes, which no edge tells.
static void models_before_tests(Making *m) {
  const double first = 1e3;
  Jobs *j = m->jobs;
  bool *waits = arena_array(m->a, bool, j->n + 1);
  for (size_t i = 0; i < j->nedges; i++)
    waits[j->edges[i].to] = true;
  bool tests = false;
  for (size_t i = 0; i < j->n; i++)
    tests |= !waits[i] && node_is_test(j->nodes[i]);
  for (size_t i = 0; tests && i < j->n; i++)
    if (!waits[i] && !node_is_test(j->nodes[i]))
      j->weights[i] += first;
}

void jobs_make(Jobs *j, Run *r, const bool *bits, bool tests_block) {
  const Graph *g = r->graph;
  Making m = {.a = &r->arena, .jobs = j, .g = g, .units_first = tests_block};
  Node **order = graph_order(m.a, g);
  *j = (Jobs){.nodes = arena_array(m.a, const Node *, g->nnodes + 1),
              .weights = arena_array(m.a, double, g->nnodes + 1)};
  m.job_of = arena_array(m.a, uint32_t, g->nnodes + 1);
  m.seen = arena_array(m.a, uint32_t, g->nnodes + 1);
  m.stack = arena_array(m.a, const Node *, g->nnodes + 1);
  memset(m.job_of, 0xff, g->nnodes * sizeof *m.job_of);
  for (size_t i = 0; i < g->nnodes; i++)
    if (bits[order[i]->index] && is_empty(order[i]))
      run_say(r, EV_EmptyModel, EVENT_FIELDS({"path", val_str(order[i]->original_path)}),
              "%.*s is empty: it is left out", STR_ARG(order[i]->original_path));
  for (size_t i = 0; i < g->nnodes; i++)
    if (is_job(order[i], bits)) {
      m.job_of[order[i]->index] = (uint32_t)j->n;
      j->weights[j->n] = weight(order[i]);
      j->nodes[j->n++] = order[i];
    }
  for (size_t i = 0; i < j->n; i++)
    edges_into(&m, j->nodes[i], (uint32_t)i);
  if (tests_block)
    tests_hold_up(&m);
  models_before_tests(&m);
}
