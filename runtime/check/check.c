// See check.h. The order is that of the graph; what stands below a node that is wrong is looked at
// with the columns that its YAML gives, where it gives their types.
#include "check.h"
#include "../run/jobs.h"
#include "../run/node_run.h"
#include "../run/summary.h"
#include "columns.h"
#include "guard.h"
#include "place.h"
#include "sources.h"

#include <string.h>

struct Check {
  Run *run;
  Jobs all; // what may be looked at, with what it reads
  Jobs jobs;
  Map makers;          // relation name -> a node of `all` that makes it
  Map asked;           // unique id of a source -> Value *: its columns, then whether it was made
  CheckedNode **known; // by Node.index: as it was found last; NULL: not looked at
  const Node **lacks;  // by Node.index: a source that it reads and whose columns are not known
  Checked *out;
  CheckPlace place;
  Worker worker;
  bool lost; // the place: nothing more can be found
};

// --- sources

// Each source is made once, unless a node makes what it names (a seed that is read as raw data).
static void make_source(Check *k, const Node *source) {
  Value *columns = map_get(&k->asked, source->id);
  if (!columns || columns->kind == VAL_BOOL)
    return;
  bool known = map_get(&k->makers, source->relation_name) ||
               (columns->kind == VAL_LIST && relation_make(&k->place, source, *columns));
  *columns = val_bool(known);
}

// The sources that these nodes read, and what is not known of them; parents come first, so that an
// ephemeral one hands on what it lacks.
static void make_sources(Check *k) {
  Arena a = {0};
  Node **order = graph_order(&a, k->run->graph);
  for (size_t i = 0; i < k->jobs.n; i++)
    for (size_t j = 0; j < k->jobs.nodes[i]->nneeds; j++)
      if (k->jobs.nodes[i]->needs[j]->kind == NODE_SOURCE)
        make_source(k, k->jobs.nodes[i]->needs[j]);
  for (size_t i = 0; i < k->run->graph->nnodes; i++) {
    const Node *n = order[i], **lacks = &k->lacks[n->index];
    *lacks = NULL;
    for (size_t j = 0; j < n->nneeds && !*lacks; j++) {
      const Node *parent = n->needs[j];
      const Value *known = parent->kind == NODE_SOURCE ? map_get(&k->asked, parent->id) : NULL;
      if (known && !val_truth(*known))
        *lacks = parent;
      else if (str_is(node_materialized(parent), "ephemeral"))
        *lacks = k->lacks[parent->index];
    }
  }
  arena_free(&a);
}

// --- nodes

// Whether the text of a model may be another one once its table is there (is_incremental()).
static bool has_second_text(const Node *n) {
  Str made = node_materialized(n);
  return n->kind == NODE_MODEL && !str_is(made, "view") && !str_is(made, "table");
}

// A function is made as in a build, since nothing runs it; its hooks are left out.
static const Node *without_hooks(Arena *a, const Node *n) {
  static const char *const hooks[] = {"pre-hook", "post-hook"};
  Node *copy = arena_new(a, Node);
  *copy = *n;
  copy->config = val_copy(a, n->config, false);
  for (size_t i = 0; i < 2; i++)
    dict_sets(a, copy->config.dict, str_c(hooks[i]), val_list(a, 0));
  return copy;
}

static RunResult *look_at(Check *k, const Node *n) {
  bool function = n->kind == NODE_FUNCTION;
  NodeAction action = function ? ACTION_BUILD : ACTION_CHECK;
  if (function)
    n = without_hooks(&k->run->arena, n);
  if (!place_next(&k->place))
    return NULL;
  RunResult *res = node_run(&k->worker, n, action);
  if (res->status != RUN_SUCCESS || !has_second_text(n))
    return res;
  if (!place_next(&k->place))
    return NULL;
  return node_run(&k->worker, n, action);
}

// Of what is not checked there is a result too, for reports.
static void add_skipped(Check *k, const CheckedNode *c) {
  RunResult *res = result_new(k->run, c->node);
  res->status = RUN_SKIPPED;
  res->cause = c->because;
  result_add(k->run, res);
}

// Whether what reads the node can be looked at.
static bool stands(const CheckedNode *c) {
  return c->state == CHECK_GOOD || ((c->state == CHECK_WRONG || c->state == CHECK_LEFT) &&
                                    (c->stood_in || !node_is_refable(c->node)));
}

static PoolVerdict work(void *data, unsigned worker, size_t job) {
  Check *k = data;
  const Node *n = k->jobs.nodes[job];
  CheckedNode *c = &k->out->nodes[job];
  (void)worker;
  if (c->state != CHECK_STOPPED) // looked at before
    return stands(c) ? POOL_GOOD : POOL_FAILED;
  c->because = k->lacks[n->index];
  if (c->because) {
    c->state = CHECK_UNKNOWN;
    add_skipped(k, c);
    return POOL_FAILED;
  }
  RunResult *res = look_at(k, n);
  if (!res || k->run->signal) {
    k->lost |= !res;
    return POOL_STOP;
  }
  result_add(k->run, res);
  if (res->diag) {
    res->diag->message = place_names(&k->place, &k->run->arena, res->diag->message);
    res->diag->hint = place_names(&k->place, &k->run->arena, res->diag->hint);
  }
  c->result = res;
  c->state = !status_is_bad(res->status) ? CHECK_GOOD : guard_left(res) ? CHECK_LEFT : CHECK_WRONG;
  if (c->state == CHECK_LEFT)
    res->status = RUN_SKIPPED;
  if (c->state != CHECK_GOOD && node_is_refable(n)) {
    Value columns = columns_of_yaml(&k->run->arena, n);
    c->stood_in = columns.kind == VAL_LIST && relation_make(&k->place, n, columns);
  }
  return stands(c) ? POOL_GOOD : POOL_FAILED;
}

// Told after its cause: that of the cause is the cause.
static void skip(void *data, size_t job, size_t cause) {
  Check *k = data;
  CheckedNode *c = &k->out->nodes[job];
  if (cause == POOL_NONE || c->state != CHECK_STOPPED)
    return;
  const CheckedNode *above = &k->out->nodes[cause];
  c->state = above->state == CHECK_UNKNOWN ? CHECK_UNKNOWN : CHECK_PARENT;
  c->because = above->because ? above->because : above->node;
  add_skipped(k, c);
}

static void look(Check *k) {
  Run *r = k->run;
  PoolPlan plan = {.njobs = k->jobs.n,
                   .edges = k->jobs.edges,
                   .nedges = k->jobs.nedges,
                   .weights = k->jobs.weights,
                   .workers = 1,
                   .data = k,
                   .work = work,
                   .skip = skip};
  r->report->progress(r->report->data, k->jobs.n, 1);
  pool_run(&plan, &r->stop);
  r->report->progress(r->report->data, 0, 0);
}

// --- the whole

// With what is read: it stands nowhere else.
static const bool *with_parents(Run *r, const bool *bits) {
  const Graph *g = r->graph;
  Node **order = graph_order(&r->arena, g);
  bool *all = arena_array(&r->arena, bool, g->nnodes + 1);
  memcpy(all, bits, g->nnodes * sizeof *bits);
  for (size_t i = g->nnodes; i--;) // children first
    for (size_t j = 0; all[order[i]->index] && j < order[i]->nneeds; j++) {
      const Node *parent = order[i]->needs[j];
      all[parent->index] |= node_is_refable(parent) || parent->kind == NODE_FUNCTION;
    }
  return all;
}

Check *check_open(Run *r, const bool *bits) {
  Check *k = arena_new(&r->arena, Check);
  *k = (Check){.run = r,
               .known = arena_array(&r->arena, CheckedNode *, r->graph->nnodes + 1),
               .lacks = arena_array(&r->arena, const Node *, r->graph->nnodes + 1)};
  jobs_make(&k->all, r, with_parents(r, bits), false);
  r->shared.write = NULL; // target/run is of what was sent to the target
  bool good = place_init(&k->place, r);
  good = good && sources_ask(r, k->all.nodes, k->all.n, &k->asked);
  if (!good || !place_open(&k->place) || !place_schemas(&k->place, k->all.nodes, k->all.n)) {
    place_close(&k->place);
    return NULL;
  }
  for (size_t i = 0; i < k->all.n; i++)
    if (node_is_refable(k->all.nodes[i]))
      map_put(&r->arena, &k->makers, k->all.nodes[i]->relation_name, k);
  worker_init(&k->worker, r, 0);
  k->worker.conn = k->place.conn;
  return k;
}

static void fill_known(Check *k, Checked *out) {
  *out =
      (Checked){.n = k->jobs.n, .nodes = arena_array(&k->run->arena, CheckedNode, k->jobs.n + 1)};
  for (size_t i = 0; i < k->jobs.n; i++) {
    CheckedNode **known = &k->known[k->jobs.nodes[i]->index], *c = &out->nodes[i];
    *c = *known ? **known : (CheckedNode){.node = k->jobs.nodes[i], .state = CHECK_STOPPED};
    *known = c;
  }
  k->out = out;
}

bool check_nodes(Check *k, const bool *bits, Checked *out) {
  jobs_make(&k->jobs, k->run, with_parents(k->run, bits), false);
  fill_known(k, out);
  make_sources(k);
  look(k);
  if (k->lost)
    return false;
  columns_read(&k->place, out);
  columns_compare(k->run, out);
  return true;
}

CheckPlace *check_place(Check *k) { return &k->place; }

void check_close(Check *k) {
  if (!k)
    return;
  worker_free(&k->worker);
  place_close(&k->place);
}
