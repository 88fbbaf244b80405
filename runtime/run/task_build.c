// build, run, test, seed, compile without a selection of one: the selected nodes as jobs, the
// schemas and the relation cache before them, hooks around them, artifacts after.
#include "../../compiler/base/vec.h"
#include "../../compiler/template/ops.h"
#include "jobs.h"
#include "node_run.h"

#include <stdlib.h>

typedef struct Build {
  Run run;
  Jobs jobs;
  Worker *workers;
  unsigned nworkers;
  atomic_size_t started;
  NodeAction action;
} Build;

static const struct {
  const char *command;
  unsigned kinds;
  const char *what; // "Finished running ..."
} kinds_of[] = {
    {"build",    1u << NODE_MODEL | 1u << NODE_SEED | 1u << NODE_SNAPSHOT | 1u << NODE_TEST, "build"    },
    {"run",      1u << NODE_MODEL,                                                           "models"   },
    {"test",     1u << NODE_TEST,                                                            "tests"    },
    {"seed",     1u << NODE_SEED,                                                            "seeds"    },
    {"snapshot", 1u << NODE_SNAPSHOT,                                                        "snapshots"},
};

// --- jobs

static void tell(Build *b, const Node *n, size_t index, RunResult *res) {
  Reporter *rep = b->run.report;
  NodeEvent e = {.phase = res ? PHASE_DONE : PHASE_STARTED,
                 .node = n,
                 .index = index,
                 .total = b->jobs.n,
                 .result = res,
                 .thread = res ? res->thread : STR("")};
  rep->node(rep->data, &e);
}

static PoolVerdict work(void *data, unsigned worker, size_t job) {
  Build *b = data;
  const Node *n = b->jobs.nodes[job];
  size_t index = atomic_fetch_add(&b->started, 1) + 1;
  tell(b, n, index, NULL);
  RunResult *res = node_run(&b->workers[worker], n, b->action);
  if (b->run.signal && res->status == RUN_ERROR) // cancelled: it did not happen
    return POOL_STOP;
  result_add(&b->run, res);
  tell(b, n, index, res);
  if (!status_is_bad(res->status))
    return POOL_GOOD;
  return b->run.options->fail_fast ? POOL_STOP : POOL_FAILED;
}

static void skip(void *data, size_t job, size_t cause) {
  Build *b = data;
  Run *r = &b->run;
  RunResult *res = result_new(r, b->jobs.nodes[job]);
  res->status = RUN_SKIPPED;
  res->thread = STR("MainThread");
  if (cause == POOL_NONE)
    res->message = STR("Skipping due to fail_fast");
  else
    res->cause = b->jobs.nodes[cause];
  result_add(r, res);
  tell(b, res->node, atomic_fetch_add(&b->started, 1) + 1, res);
}

// --- before the first node

static void add_schema(Run *r, Arena *a, List *schemas, const Node *n) {
  for (size_t i = 0; i < schemas->n; i++) {
    Relation rel;
    Str type;
    if (relation_from_value(schemas->items[i], &rel, &type) && str_eq(rel.database, n->database) &&
        str_eq(rel.schema, n->schema))
      return;
  }
  Relation rel = {
      .database = n->database, .schema = n->schema, .quote_database = true, .quote_schema = true};
  list_push(a, schemas, relation_value(a, &r->shared, &rel, STR("")));
}

static Value schemas_of(Run *r, Arena *a, const Jobs *jobs) {
  Value schemas = val_list(a, 4);
  for (size_t i = 0; i < jobs->n; i++) {
    const Node *n = jobs->nodes[i];
    Value store = node_config(n, STR("store_failures"));
    bool stores = n->kind == NODE_TEST && (val_truth(store) || r->options->store_failures);
    if (node_is_refable(n) || stores)
      add_schema(r, a, schemas.list, n);
  }
  return schemas;
}

static bool prepare(Build *b) {
  Run *r = &b->run;
  Arena *a = &r->arena;
  Value schemas = schemas_of(r, a, &b->jobs), out;
  r->shared.cache = relation_cache_new();
  Conn *conn = conn_new(r, "main");
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &conn->db);
  context_set(c, STR("starc_schemas"), schemas);
  bool good = b->action == ACTION_COMPILE ||
              context_eval(c,
                           STR("{% for s in starc_schemas %}"
                               "{% if not adapter.check_schema_exists(s.database, s.schema) %}"
                               "{% do adapter.create_schema(s) %}{% endif %}{% endfor %}"),
                           &out, &r->diags);
  context_settle(c, conn, good);
  good = good && (!r->options->populate_cache || context_fill_cache(c, schemas, &r->diags));
  context_settle(c, conn, good);
  if (good)
    return true;
  const DbError *e = context_db_error(c);
  if (!e)
    return run_report(r);
  // The statement is starc's own: its place in a macro helps nobody.
  diags_free(&r->diags);
  diags_init(&r->diags);
  Diag *d = diag_error(&r->diags, STR(""), "%.*s", STR_ARG(e->message));
  if (e->hint.len)
    diag_hint(&r->diags, d, "%.*s", STR_ARG(e->hint));
  return run_report(r);
}

// --- the run

static unsigned thread_count(const Run *r) {
  int64_t n = r->options->threads ? r->options->threads : r->project->target->threads;
  return n < 1 ? 1 : n > 256 ? 256 : (unsigned)n;
}

static void run_jobs(Build *b) {
  Run *r = &b->run;
  b->nworkers = thread_count(r);
  if (b->nworkers > b->jobs.n)
    b->nworkers = (unsigned)b->jobs.n;
  b->workers = calloc(b->nworkers + 1, sizeof *b->workers);
  if (!b->workers)
    abort();
  for (unsigned i = 0; i < b->nworkers; i++)
    worker_init(&b->workers[i], r, i);
  PoolPlan plan = {.njobs = b->jobs.n,
                   .edges = b->jobs.edges,
                   .nedges = b->jobs.nedges,
                   .weights = b->jobs.weights,
                   .workers = b->nworkers,
                   .data = b,
                   .work = work,
                   .skip = skip};
  r->report->progress(r->report->data, b->jobs.n, b->nworkers);
  pool_run(&plan, &r->stop);
  r->report->progress(r->report->data, 0, 0);
  for (unsigned i = 0; i < b->nworkers; i++)
    worker_free(&b->workers[i]);
  free(b->workers);
}

static int finish(Build *b, const char *what, bool hooks_good) {
  Run *r = &b->run;
  bool bad = !hooks_good;
  for (size_t i = 0; i < r->nresults; i++)
    bad |= status_is_bad(r->results[i]->status);
  summary_print(r, what);
  bool written = run_write_manifest(r); // again, with what was compiled
  written &= run_write_results(r);
  if (r->signal)
    return 128 + r->signal;
  return bad || !written ? EXIT_FAILED : EXIT_GOOD;
}

static int build(Build *b, unsigned kinds, const char *what) {
  Run *r = &b->run;
  bool *bits = run_select(r, kinds);
  if (!bits)
    return EXIT_USAGE;
  if (!jobs_make(&b->jobs, r, bits, str_is(r->options->command, "build")))
    return run_report(r) ? EXIT_FAILED : EXIT_USAGE;
  for (size_t i = 0; i < b->jobs.n; i++)
    list_push(&r->arena, r->flags.selected.list, val_str(b->jobs.nodes[i]->id));
  if (!run_write_manifest(r))
    return EXIT_FAILED;
  if (!b->jobs.n) {
    run_say(r, LEVEL_WARN, "NothingToDo", "Q035", "Nothing to do: the selection holds no %s",
            str_is(r->options->command, "build") ? "nodes" : what);
    return run_write_results(r) ? EXIT_GOOD : EXIT_FAILED;
  }
  signals_watch(r);
  run_say(r, LEVEL_INFO, "ConcurrencyLine", "Q026", "%zu node%s, %u thread%s", b->jobs.n,
          b->jobs.n == 1 ? "" : "s", thread_count(r), thread_count(r) == 1 ? "" : "s");
  if (!prepare(b)) {
    run_write_results(r);
    return r->signal ? 128 + r->signal : EXIT_FAILED;
  }
  bool hooks = hooks_run(r, false);
  if (hooks && !run_stopped(r))
    run_jobs(b);
  if (!r->signal)
    hooks &= hooks_run(r, true);
  return finish(b, what, hooks);
}

int task_build(RunOptions *o, Reporter *report) {
  Build *b = calloc(1, sizeof *b);
  if (!b)
    abort();
  b->action = ACTION_BUILD;
  int code = EXIT_USAGE;
  if (run_open(&b->run, o, report, OPEN_GRAPH))
    for (size_t i = 0; i < sizeof kinds_of / sizeof *kinds_of; i++)
      if (str_eq(o->command, str_c(kinds_of[i].command)))
        code = build(b, kinds_of[i].kinds, kinds_of[i].what);
  run_close(&b->run);
  free(b);
  return code;
}
