// build, run, test, seed, compile without a selection of one: the selected nodes as jobs, the
// schemas and the relation cache before them, hooks around them, artifacts after.
#include "../../compiler/base/memory.h"
#include "../../compiler/base/vec.h"
#include "../../compiler/template/ops.h"
#include "../check/update.h"
#include "../run/compile_nodes.h"
#include "../run/files.h"
#include "../run/hooks.h"
#include "../run/jobs.h"
#include "../run/journal.h"
#include "../run/microbatch.h"
#include "../run/node_events.h"
#include "../run/node_job.h"
#include "../run/node_lock.h"
#include "../run/remember.h"
#include "../run/signals.h"
#include "../run/summary.h"
#include "../run/warehouse.h"
#include "../run/worker.h"
#include "../session/comment.h"
#include "check.h"
#include "source_check.h"
#include "task.h"

#include <stdlib.h>

typedef struct Build {
  Run run;
  Jobs jobs;
  Worker *workers;
  unsigned nworkers;
  atomic_size_t started;
  NodeAction action;
  struct Pool **pool; // where its pool is once it runs; for nodes that share their work
  bool *told;         // by job: there is a result
  bool *cancelled;    // by job: an interrupt came while it ran
  size_t nrest;       // jobs that were not reached or cancelled
  bool *selected;     // by Node.index
} Build;

// --- jobs

static void tell(Build *b, const Node *n, size_t index, Str thread, RunResult *res) {
  run_step(&b->run, &(NodeStep){.phase = res ? PHASE_DONE : PHASE_STARTED,
                                .node = n,
                                .index = index,
                                .total = b->jobs.n,
                                .result = res,
                                .thread = thread});
}

static void keep_result(Build *b, size_t job, RunResult *res) {
  b->told[job] = true;
  result_add(&b->run, res);
  journal_add(&b->run, res);
}

static bool ready(void *data, unsigned worker) {
  return warehouse_worker(&((Build *)data)->workers[worker]);
}

// Whether nodes below run although this one failed. With --fail-fast nothing does.
static bool goes_on_below(const Build *b, const Node *n) {
  return n->kind == NODE_MODEL && b->run.project->level >= DBT_1_12 && !b->run.options->fail_fast &&
         val_is_str(node_config(n, STR("on_error")), STR("continue"));
}

static PoolVerdict work(void *data, unsigned worker, size_t job) {
  Build *b = data;
  const Node *n = b->jobs.nodes[job];
  size_t index = atomic_fetch_add(&b->started, 1) + 1;
  Worker *w = &b->workers[worker];
  tell(b, n, index, w->thread, NULL);
  w->all = b->workers;
  w->pool = *b->pool;
  RunResult *res = node_job(w, n, b->action);
  if (b->run.signal && res->status == RUN_ERROR) { // it did not happen
    b->cancelled[job] = true;
    return POOL_STOP;
  }
  keep_result(b, job, res);
  tell(b, n, index, w->thread, res);
  if (!status_is_bad(res->status) || goes_on_below(b, n))
    return POOL_GOOD;
  atomic_store(&b->run.gives_up, b->run.options->fail_fast);
  return b->run.options->fail_fast ? POOL_STOP : POOL_FAILED;
}

static void skip(void *data, size_t job, size_t cause) {
  Build *b = data;
  Run *r = &b->run;
  RunResult *res = result_new(r, b->jobs.nodes[job]);
  res->status = RUN_SKIPPED;
  res->thread = STR("MainThread");
  if (res->node->kind != NODE_SEED)
    res->relation_name = res->node->relation_name;
  if (cause == POOL_NONE)
    res->message = STR("Skipping due to fail_fast");
  else
    res->cause = b->jobs.nodes[cause];
  keep_result(b, job, res);
  tell(b, res->node, atomic_fetch_add(&b->started, 1) + 1, res->thread, res);
}

// What was not reached is skipped, so that a retry knows of it.
static void skip_rest(Build *b, const char *why) {
  for (size_t i = 0; i < b->jobs.n; i++) {
    if (b->told[i])
      continue;
    b->nrest++;
    RunResult *res = result_new(&b->run, b->jobs.nodes[i]);
    res->status = RUN_SKIPPED;
    res->thread = STR("MainThread");
    res->message = b->cancelled[i] ? STR("Skipped: it was cancelled by the interrupt") : str_c(why);
    keep_result(b, i, res);
  }
}

// --- the run

// The first worker goes on with the connection that is open.
static void run_jobs(Build *b, Conn *conn) {
  Run *r = &b->run;
  b->nworkers = run_threads(r);
  bool shares = false; // a microbatch model's batches are for idle workers too
  for (size_t i = 0; i < b->jobs.n && !shares; i++)
    shares = b->action == ACTION_BUILD && microbatch_is(r, b->jobs.nodes[i]);
  if (b->nworkers > b->jobs.n && !shares)
    b->nworkers = (unsigned)b->jobs.n;
  b->workers = memory_must(calloc(b->nworkers + 1, sizeof *b->workers));
  struct Pool *pool = NULL;
  PoolPlan plan = {.pool = shares ? &pool : NULL,
                   .njobs = b->jobs.n,
                   .edges = b->jobs.edges,
                   .nedges = b->action == ACTION_CLONE ? 0 : b->jobs.nedges, // no order
                   .weights = b->jobs.weights,
                   .workers = b->nworkers,
                   .data = b,
                   .ready = ready,
                   .work = work,
                   .skip = skip};
  for (unsigned i = 0; i < b->nworkers; i++)
    worker_init(&b->workers[i], r, i);
  b->workers[0].conn = conn;
  b->pool = &pool;
  r->report->progress(r->report->data, b->jobs.n, b->nworkers);
  pool_run(&plan, &r->stop);
  r->report->progress(r->report->data, 0, 0);
  for (unsigned i = 0; i < b->nworkers; i++)
    worker_free(&b->workers[i]);
  free(b->workers);
}

// --- ephemeral models

// Ephemeral models are no jobs, but manifest and target/compiled hold the text of those that were
// selected or stand in another's text, like dbt's. What was not reached is left out.
static void compile_ephemeral(Build *b) {
  Run *r = &b->run;
  const Graph *g = r->graph;
  Arena *a = &r->arena;
  bool *wanted = arena_array(a, bool, g->nnodes + 1), *lost = arena_array(a, bool, g->nnodes + 1);
  for (size_t i = 0; i < r->nresults; i++) {
    const RunResult *res = r->results[i];
    if (g->nodes[res->node->index] == res->node)
      lost[res->node->index] = status_is_bad(res->status);
    for (size_t k = 0; res->extra_ctes.kind == VAL_LIST && k < res->extra_ctes.list->n; k++) {
      Value id = val_get(res->extra_ctes.list->items[k], STR("id"));
      const Node *n = id.kind == VAL_STR ? map_get(&g->by_id, val_text(id)) : NULL;
      if (n)
        wanted[n->index] = true;
    }
  }
  Node **order = graph_order(a, g);
  const Node **nodes = arena_array(a, const Node *, g->nnodes + 1);
  size_t n = 0;
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *e = order[i];
    if (e->kind != NODE_MODEL || !str_is(node_materialized(e), "ephemeral"))
      continue;
    for (size_t k = 0; k < e->nneeds; k++)
      lost[e->index] |= lost[e->needs[k]->index];
    if ((wanted[e->index] || b->selected[e->index]) && !lost[e->index])
      nodes[n++] = e;
  }
  if (n)
    compile_nodes(r, nodes, n);
}

// What an interrupt left: which nodes it met, how many came before and are to come.
static void tell_interrupted(Build *b, size_t done) {
  Run *r = b->jobs.n && b->run.signal ? &b->run : NULL;
  if (!r)
    return;
  enum { NAMED = 6 };
  Buf names = {.arena = &r->arena};
  size_t ncancelled = 0;
  for (size_t i = 0; i < b->jobs.n; i++)
    if (b->cancelled[i] && ncancelled++ < NAMED)
      buf_addf(&names, "%s%.*s", names.len ? ", " : "", STR_ARG(b->jobs.nodes[i]->name));
  if (ncancelled > NAMED)
    buf_addf(&names, " and %zu more", ncancelled - NAMED);
  run_tell(r, (Event){.kind = EV_Interrupted, .level = LEVEL_INFO, .totals = true},
           "Interrupted: %zu of %zu done%s%.*s, %zu not started. `starc retry` goes on.", done,
           b->jobs.n, ncancelled ? ", cancelled while running: " : "", STR_ARG(buf_str(&names)),
           b->jobs.n - done - ncancelled);
}

static int finish(Build *b, bool hooks_good) {
  Run *r = &b->run;
  bool bad = !hooks_good;
  for (size_t i = 0; i < r->nresults; i++)
    bad |= status_is_bad(r->results[i]->status);
  tell_interrupted(b, r->nresults - b->nrest);
  summary_print(r);
  if (!r->signal && b->action == ACTION_BUILD)
    compile_ephemeral(b);
  bool written = run_write_manifest(r); // again, with what was compiled
  written &= run_write_results(r);
  if (r->signal)
    return 128 + r->signal;
  if (r->hook_unrendered)
    return EXIT_USAGE;
  return bad || !written ? EXIT_FAILED : EXIT_GOOD;
}

// A database that names its databases reads its own only: clone of another one is refused before
// anything is done.
static bool clones_reachable(Run *r, const bool *bits) {
  const Node *first = NULL;
  Value other = val_none();
  size_t n = 0;
  for (size_t i = 0; r->dialect->has_databases && i < r->graph->nnodes; i++) {
    const Value *old = bits[i] ? map_get(r->shared.deferred, r->graph->nodes[i]->id) : NULL;
    Value database = old ? val_get(*old, STR("database")) : val_none();
    if (database.kind != VAL_STR || str_eq(val_text(database), r->graph->nodes[i]->database))
      continue;
    other = database;
    if (!n++)
      first = r->graph->nodes[i];
  }
  if (!n)
    return true;
  Diag *d = diag_error(
      &r->diags, CODE_UNSUPPORTED, STR(""),
      "cannot clone from database '%.*s' into '%.*s': %s reads one database at a "
      "time ('%.*s'%s)",
      STR_ARG(val_text(other)), STR_ARG(first->database), r->dialect->type, STR_ARG(first->name),
      n == 1 ? "" : str_cstr(&r->arena, str_fmt(&r->arena, " and %zu more", n - 1)));
  diag_hint(&r->diags, d, "use a target whose dbname is '%.*s', or copy the tables with pg_dump",
            STR_ARG(val_text(other)));
  return run_report(r) && false;
}

// An artifact says so too, so that nobody takes an earlier run's for it.
static int nothing_to_do(Run *r) {
  const Command *c = r->options->command;
  if (!r->options->retry)
    run_say(r, EV_NothingToDo, NULL, "Nothing to do: the selection holds no %s",
            c->bit == CMD_BUILD ? "nodes" : c->what);
  return run_write_results(r) ? EXIT_GOOD : EXIT_FAILED;
}

// schemas.lock.json has the columns of what was loaded.
static void lock_follows(Run *r) {
  const Node **sources = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  size_t n = 0;
  for (size_t i = 0; i < r->nresults; i++) {
    const Node *load = r->results[i]->node;
    for (size_t k = 0; load->kind == NODE_LOAD && k < load->nfeeds; k++)
      if (load->feeds[k]->kind == NODE_SOURCE && r->results[i]->status == RUN_SUCCESS)
        sources[n++] = load->feeds[k];
  }
  update_loaded(r, sources, n);
}

// Hooks, and the jobs between them. The first worker has the connection that is open.
static int run_all(Build *b, Conn *conn) {
  Run *r = &b->run;
  bool around = b->action != ACTION_CLONE && !r->options->dry_run;
  bool hooks = !around || hooks_run(r, false);
  bool goes_on = hooks || (!r->hook_unrendered &&
                           !project_flag(r->project, "skip_nodes_if_on_run_start_fails"));
  if (goes_on && !run_stopped(r))
    run_jobs(b, conn);
  skip_rest(b, goes_on ? "Skipped: the run was interrupted" : "Skipped: on-run-start failed");
  if (!r->signal && around)
    hooks &= hooks_run(r, true);
  if (!r->signal && !r->options->dry_run)
    lock_follows(r);
  return finish(b, hooks);
}

// A build of all leaves loads to who asks for them.
static unsigned kinds_of(const Run *r) {
  const RunOptions *o = r->options;
  bool loads = o->with_loads || o->select.n || o->selector.len || o->resource_types.n;
  return o->command->kinds | (command_is(o, CMD_BUILD) && loads ? 1u << NODE_LOAD : 0);
}

static int build(Build *b) {
  Run *r = &b->run;
  const Command *c = r->options->command;
  unsigned kinds = kinds_of(r);
  bool *bits = node_lock_options(r) && microbatch_span(r) ? run_select(r, kinds) : NULL;
  if (!bits || !run_defer(r, b->action == ACTION_CLONE) ||
      (b->action == ACTION_CLONE && !clones_reachable(r, bits)))
    return EXIT_USAGE;
  jobs_make(&b->jobs, r, bits, c->bit == CMD_BUILD);
  for (size_t i = 0; i < b->jobs.n; i++)
    list_push(&r->arena, r->flags.selected.list, val_str(b->jobs.nodes[i]->id));
  b->selected = bits;
  if (!run_write_manifest(r))
    return EXIT_FAILED;
  if (!b->jobs.n)
    return nothing_to_do(r);
  b->told = arena_array(&r->arena, bool, b->jobs.n);
  b->cancelled = arena_array(&r->arena, bool, b->jobs.n);
  if (!comment_check(&r->sessions, &r->diags)) {
    run_report(r);
    return EXIT_USAGE;
  }
  signals_watch(r);
  int checked = r->options->check_sources ? source_check_before(r, bits) : EXIT_GOOD;
  if (checked != EXIT_GOOD) { // nothing was sent
    skip_rest(b, "");
    return check_stops(r, "--check-sources", checked);
  }
  journal_open(r, b->jobs.nodes, b->jobs.n);
  run_tell_work(r, b->jobs.n, run_threads(r), false);
  Conn *conn = warehouse_prepare(r, b->jobs.nodes, b->jobs.n);
  if (!conn) {
    skip_rest(b, "Skipped: the database could not be prepared");
    run_write_results(r);
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  }
  return run_all(b, conn);
}

// The project as check_before() read it a moment ago, with all that was told.
static bool open_again(Run *r, RunOptions *o, Reporter *report) {
  Reporter silent = reporter_silent;
  if (run_open(r, o, &silent, o->command->opens)) {
    r->report = report;
    return true;
  }
  run_close(r); // something changed in between: what it was is to be told
  return run_open(r, o, report, o->command->opens);
}

int task_build(RunOptions *o, Reporter *report) {
  if (o->dry_run) // looks only, and is no run that anybody goes on from
    o->locks = o->write_json = false;
  char id[CHECK_ID];
  int checked = o->check ? check_before(o, report, id) : EXIT_GOOD;
  if (checked != EXIT_GOOD)
    return checked;
  Build *b = memory_must(calloc(1, sizeof *b));
  b->action = command_is(o, CMD_CLONE) ? ACTION_CLONE : ACTION_BUILD;
  bool open =
      o->check ? open_again(&b->run, o, report) : run_open(&b->run, o, report, o->command->opens);
  int code = open ? build(b) : EXIT_USAGE;
  run_remember(&b->run, code);
  code = run_end(&b->run, code);
  free(b);
  return code;
}
