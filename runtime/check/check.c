// See check.h. The order is that of the graph; what stands below a node that is wrong is looked at
// with the columns that its YAML gives, where it gives their types.
#include "check.h"
#include "../run/jobs.h"
#include "../run/node_run.h"
#include "../run/summary.h"
#include "columns.h"
#include "place.h"
#include "sources.h"

#include <string.h>

typedef struct Check {
  Run *run;
  Jobs jobs;
  Map asked; // unique id of a source -> Value *: its columns, or none
  Checked *out;
  CheckPlace place;
  Worker worker;
  bool lost; // the place: nothing more can be found
} Check;

// --- sources

// The node that makes what a source names: a seed that is read as raw data. NULL: none is checked.
static const Node *maker(const Check *k, const Node *source) {
  for (size_t i = 0; i < k->jobs.n; i++)
    if (node_is_refable(k->jobs.nodes[i]) &&
        str_eq(k->jobs.nodes[i]->relation_name, source->relation_name))
      return k->jobs.nodes[i];
  return NULL;
}

// Each source is made once; those whose columns are not known keep none in `asked`.
static void make_sources(Check *k) {
  for (size_t i = 0; i < k->jobs.n; i++)
    for (size_t j = 0; j < k->jobs.nodes[i]->nneeds; j++) {
      const Node *source = k->jobs.nodes[i]->needs[j];
      Value *columns = source->kind == NODE_SOURCE ? map_get(&k->asked, source->id) : NULL;
      if (!columns || columns->kind == VAL_BOOL)
        continue;
      bool known = maker(k, source) ||
                   (columns->kind == VAL_LIST && relation_make(&k->place, source, *columns));
      *columns = val_bool(known);
    }
}

// A source that the node reads, in ephemeral models too, and whose columns are not known.
static const Node *unknown_source(const Check *k, const Node *n) {
  for (size_t i = 0; i < n->nneeds; i++) {
    const Node *parent = n->needs[i], *found = NULL;
    const Value *known = parent->kind == NODE_SOURCE ? map_get(&k->asked, parent->id) : NULL;
    if (known && !val_truth(*known))
      return parent;
    if (str_is(node_materialized(parent), "ephemeral") && (found = unknown_source(k, parent)))
      return found;
  }
  return NULL;
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

static PoolVerdict work(void *data, unsigned worker, size_t job) {
  Check *k = data;
  const Node *n = k->jobs.nodes[job];
  CheckedNode *c = &k->out->nodes[job];
  (void)worker;
  c->because = unknown_source(k, n);
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
  c->state = status_is_bad(res->status) ? CHECK_WRONG : CHECK_GOOD;
  if (c->state == CHECK_GOOD || !node_is_refable(n))
    return POOL_GOOD;
  Value columns = columns_of_yaml(&k->run->arena, n);
  return columns.kind == VAL_LIST && relation_make(&k->place, n, columns) ? POOL_GOOD : POOL_FAILED;
}

// Told after its cause: that of the cause is the cause.
static void skip(void *data, size_t job, size_t cause) {
  Check *k = data;
  CheckedNode *c = &k->out->nodes[job];
  if (cause == POOL_NONE)
    return;
  const CheckedNode *above = &k->out->nodes[cause];
  c->state = above->state == CHECK_WRONG ? CHECK_PARENT : above->state;
  c->because = above->because ? above->because : above->node;
  add_skipped(k, c);
}

static void look(Check *k) {
  Run *r = k->run;
  worker_init(&k->worker, r, 0);
  k->worker.conn = k->place.conn;
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
  worker_free(&k->worker);
}

// What is read is made too: it stands nowhere else.
static void add_parents(bool *bits, const Node *n) {
  for (size_t i = 0; i < n->nneeds; i++) {
    const Node *parent = n->needs[i];
    bool made = node_is_refable(parent) || parent->kind == NODE_FUNCTION;
    if (!made || bits[parent->index])
      continue;
    bits[parent->index] = true;
    add_parents(bits, parent);
  }
}

static const bool *with_parents(Run *r, const bool *bits) {
  bool *all = arena_array(&r->arena, bool, r->graph->nnodes + 1);
  memcpy(all, bits, r->graph->nnodes * sizeof *bits);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[r->graph->nodes[i]->index])
      add_parents(all, r->graph->nodes[i]);
  return all;
}

bool check_nodes(Run *r, const bool *bits, Checked *out) {
  Check k = {.run = r, .out = out};
  jobs_make(&k.jobs, r, with_parents(r, bits), false);
  *out = (Checked){.n = k.jobs.n, .nodes = arena_array(&r->arena, CheckedNode, k.jobs.n + 1)};
  for (size_t i = 0; i < k.jobs.n; i++)
    out->nodes[i] = (CheckedNode){.node = k.jobs.nodes[i], .state = CHECK_STOPPED};
  r->shared.write = NULL; // target/run is of what was sent to the target
  bool good = place_init(&k.place, r);
  if (good)
    sources_ask(r, k.jobs.nodes, k.jobs.n, &k.asked);
  good = good && place_open(&k.place) && place_schemas(&k.place, k.jobs.nodes, k.jobs.n);
  if (good) {
    make_sources(&k);
    look(&k);
    good = !k.lost;
    if (good) {
      columns_read(&k.place, out);
      columns_compare(r, out);
    }
  }
  place_close(&k.place);
  return good;
}
