// source freshness, freshness: asks each selected source (and model) for its newest row, on as many
// threads as the target has, and compares its age with warn_after and error_after.
#include "../../compiler/graph/freshness.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/context/cache.h"
#include "../run/errors.h"
#include "../run/files.h"
#include "../run/hooks.h"
#include "../run/node_events.h"
#include "../run/pool.h"
#include "../run/remember.h"
#include "../run/signals.h"
#include "../run/summary.h"
#include "../run/warehouse.h"
#include "../run/warn.h"
#include "last_modified.h"
#include "newest.h"
#include "task.h"

static bool has_limits(const Node *n) {
  FreshnessRules rules;
  return freshness_rules(n, &rules);
}

// Since dbt 1.12 --warn-error is for a source that is old enough to warn of too.
static bool warns_as_error(Run *r) {
  return project_flag(r->project, "require_all_warnings_handled_by_warn_error") &&
         run_warns_as_error(r, CODE_SOURCE_FRESHNESS);
}

// "3.0 days"
static Str age_text(Arena *a, const Freshness *f) {
  const char *unit = f->loaded.age < 7200 ? "minutes" : f->loaded.age < 172800 ? "hours" : "days";
  double in = f->loaded.age < 7200     ? f->loaded.age / 60
              : f->loaded.age < 172800 ? f->loaded.age / 3600
                                       : f->loaded.age / 86400;
  return str_fmt(a, "%.1f %s", in, unit);
}

// "newest row is 3.0 days old"
static Str age_words(Arena *a, const Freshness *f) {
  Str age = age_text(a, f);
  if (f->loaded.max_loaded_us <= 1)
    return f->metadata ? STR("it has no rows") : STR("no row has a time");
  return f->metadata ? str_fmt(a, "last changed %.*s ago", STR_ARG(age))
                     : str_fmt(a, "newest row is %.*s old", STR_ARG(age));
}

// The line of a terminal.
static Str shown_line(Run *r, const Freshness *f, size_t index, size_t total) {
  const char *word = f->status == RUN_PASS    ? "PASS"
                     : f->status == RUN_WARN  ? "WARN"
                     : f->status == RUN_ERROR ? "ERROR STALE"
                                              : "ERROR";
  Str name = freshness_name(&r->arena, f->node);
  if (f->status == RUN_RUNTIME_ERROR)
    return str_fmt(&r->arena, "%zu of %zu  %s freshness of %.*s", index, total, word,
                   STR_ARG(name));
  return str_fmt(&r->arena, "%zu of %zu  %s freshness of %.*s: %.*s", index, total, word,
                 STR_ARG(name), STR_ARG(age_words(&r->arena, f)));
}

// Both what a terminal shows, in the order of the ends, and what dbt has.
static void tell(Run *r, NodeStep *step, const Freshness *f, size_t told) {
  RunResult res = {.node = f->node,
                   .status = f->status,
                   .thread = f->thread,
                   .compile_start_us = f->start_us,
                   .compile_end_us = f->start_us,
                   .execute_start_us = f->start_us,
                   .execute_end_us = f->end_us,
                   .seconds = f->seconds,
                   .message = f->error,
                   .adapter_response = f->adapter_response};
  step->phase = PHASE_DONE;
  step->result = &res;
  step->line = shown_line(r, f, told, step->total);
  run_step(r, step);
}

// What a report says of what is not fresh.
static Diag *stale(Run *r, const Freshness *f) {
  Diags diags;
  const Source *src;
  Span span;
  diags_init(&diags);
  freshness_place(f->node, r->project->packages[0], &src, &span);
  Diag *d = diag_at(&diags, f->status == RUN_WARN ? SEV_WARNING : SEV_ERROR, CODE_SOURCE_STALE, src,
                    span, "'%.*s' is old: %.*s", STR_ARG(freshness_name(&diags.arena, f->node)),
                    STR_ARG(age_words(&diags.arena, f)));
  Diag *kept = result_diag(r, d);
  diags_free(&diags);
  return kept;
}

// For the hooks at the end, which see the results, and for reports. `why`: what could not be asked.
static void keep_result(Run *r, const Freshness *f, Diag *why) {
  RunResult *res = result_new(r, f->node);
  res->status = f->status;
  res->thread = f->thread;
  res->compile_start_us = res->compile_end_us = res->execute_start_us = f->start_us;
  res->execute_end_us = f->end_us;
  res->seconds = f->seconds;
  res->message = f->error;
  res->diag = f->status == RUN_WARN || f->status == RUN_ERROR ? stale(r, f) : why;
  res->adapter_response = f->adapter_response;
  res->fresh = f->status == RUN_RUNTIME_ERROR ? NULL : &f->loaded;
  result_add(r, res);
}

typedef struct FreshnessPool {
  Run *r;
  Worker *workers;
  const Node **nodes;
  Freshness *all; // by node; one that was not asked has no node
  Diag **why;     // by node: what could not be asked, or NULL
  size_t n, told;
  Map changed;  // what the database itself knows, by unique id
  bool sources; // some of them are sources
  atomic_size_t started;
  pthread_mutex_t lock; // of what is said
} FreshnessPool;

static bool may_ask(void *data, unsigned worker) {
  return warehouse_worker(&((FreshnessPool *)data)->workers[worker]);
}

static PoolVerdict ask_one(void *data, unsigned worker, size_t i) {
  FreshnessPool *p = data;
  Diags diags;
  diags_init(&diags);
  NodeStep step = {.phase = PHASE_STARTED,
                   .node = p->nodes[i],
                   .index = atomic_fetch_add(&p->started, 1) + 1,
                   .total = p->n,
                   .thread = p->workers[worker].thread};
  run_step(p->r, &step);
  for (step.phase = PHASE_COMPILING; step.phase <= PHASE_EXECUTING; step.phase++)
    run_step(p->r, &step);
  newest_ask(&p->workers[worker], p->nodes[i], &p->changed, &p->all[i], &diags);
  if (p->all[i].status == RUN_WARN && warns_as_error(p->r))
    p->all[i].status = RUN_ERROR;
  pthread_mutex_lock(&p->lock);
  if (diags.first) {
    warehouse_tell(p->r, diags.first, p->nodes[i]);
    p->why[i] = result_diag(p->r, diags.first);
  }
  tell(p->r, &step, &p->all[i], ++p->told);
  pthread_mutex_unlock(&p->lock);
  diags_free(&diags);
  return POOL_GOOD;
}

static void ask_none(void *data, size_t job, size_t cause) { (void)data, (void)job, (void)cause; }

// What has no column that tells its age is asked for all at once.
static void ask_changes(FreshnessPool *p, Conn *conn) {
  const Node **nodes = arena_array(&p->r->arena, const Node *, p->n);
  size_t n = 0;
  FreshnessRules rules;
  for (size_t i = 0; i < p->n; i++)
    if (freshness_rules(p->nodes[i], &rules) && !rules.loaded_at_field.len &&
        !rules.loaded_at_query.len)
      nodes[n++] = p->nodes[i];
  if (n)
    last_modified_read(p->r, conn, nodes, n, &p->changed);
}

// Gives how many were asked; their results are in the first places of p->all, in the graph's order.
static size_t ask_all(FreshnessPool *p, Conn *conn) {
  Run *r = p->r;
  unsigned threads = run_threads(r);
  ask_changes(p, conn);
  run_tell_work(r, p->n, threads, true);
  threads = p->n && threads > p->n ? (unsigned)p->n : threads ? threads : 1;
  p->workers = arena_array(&r->arena, Worker, threads);
  for (unsigned i = 0; i < threads; i++)
    worker_init(&p->workers[i], r, i);
  p->workers[0].conn = conn;
  pthread_mutex_init(&p->lock, NULL);
  PoolPlan plan = {.njobs = p->n,
                   .workers = threads,
                   .data = p,
                   .ready = may_ask,
                   .work = ask_one,
                   .skip = ask_none};
  pool_run(&plan, &r->stop);
  pthread_mutex_destroy(&p->lock);
  for (unsigned i = 0; i < threads; i++)
    worker_free(&p->workers[i]);
  size_t done = 0;
  for (size_t i = 0; i < p->n; i++)
    if (p->all[i].node) {
      p->all[done] = p->all[i];
      keep_result(r, &p->all[done++], p->why[i]);
    }
  return done;
}

// The last line, as that of build.
static void tell_all(Run *r, const Freshness *all, size_t n) {
  size_t count[3] = {0};
  for (size_t i = 0; i < n; i++)
    count[all[i].status == RUN_PASS ? 0 : all[i].status == RUN_WARN ? 1 : 2]++;
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  summary_finished(r, seconds);
  for (size_t i = 0; i < r->nresults; i++)
    if (r->results[i]->node->kind != NODE_OPERATION && r->results[i]->status == RUN_ERROR)
      summary_stale(r, r->results[i]);
  run_tell(r, (Event){.kind = EV_FreshnessCheckComplete, .totals = true},
           "Done in %.2fs%s. PASS=%zu WARN=%zu ERROR=%zu TOTAL=%zu", seconds,
           r->signal ? ", interrupted" : "", count[0], count[1], count[2], n);
}

// sources.json where sources were asked; a run of models alone leaves the last one as it is.
static bool write_artifacts(Run *r, const Freshness *all, size_t n, bool sources) {
  Arena *a = &r->arena;
  double seconds = (double)(clock_us() - r->started_us) / 1e6;
  bool both = command_is(r->options, CMD_AGES), good = true;
  Str folder = r->project->target_dir, asked = r->options->output;
  if (both)
    good = freshness_write(r->project, all, n, seconds, fs_join(a, folder, STR("freshness.json")),
                           &r->diags);
  if (both && !sources)
    return good;
  Str path = asked.len ? fs_absolute(a, asked) : fs_join(a, folder, STR("sources.json"));
  return sources_write(r->project, all, n, seconds, path, &r->diags) && good;
}

static void plan(FreshnessPool *p, const bool *bits) {
  Run *r = p->r;
  p->nodes = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[i] && has_limits(r->graph->nodes[i])) {
      p->nodes[p->n++] = r->graph->nodes[i];
      p->sources |= r->graph->nodes[i]->kind == NODE_SOURCE;
    }
  p->all = arena_array(&r->arena, Freshness, p->n + 1);
  p->why = arena_array(&r->arena, Diag *, p->n + 1);
}

// Gives how many were asked. False: hooks failed.
static bool ask_with_hooks(FreshnessPool *p, Conn *conn, size_t *done) {
  Run *r = p->r;
  bool with_hooks = p->n && project_flag(r->project, "source_freshness_run_project_hooks");
  bool good = !with_hooks || hooks_run(r, false);
  *done = good && !run_stopped(r) ? ask_all(p, conn) : 0;
  if (with_hooks && !r->signal)
    good &= hooks_run(r, true);
  return good;
}

static int freshness(Run *r) {
  bool *bits = run_select(r, r->options->command->kinds);
  if (!bits)
    return EXIT_USAGE;
  FreshnessPool p = {.r = r};
  plan(&p, bits);
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  bool bad = !run_write_manifest(r);
  Conn *conn = p.n ? warehouse_connect(r, "worker") : NULL;
  if (p.n && !conn)
    return r->signal ? 128 + r->signal : EXIT_USAGE;
  size_t done;
  bad |= !ask_with_hooks(&p, conn, &done);
  for (size_t i = 0; i < done; i++)
    bad |= p.all[i].status == RUN_ERROR || p.all[i].status == RUN_RUNTIME_ERROR;
  bad |= !run_write_manifest(r); // again, with the hooks that were compiled
  if (p.n)
    tell_all(r, p.all, done);
  else
    run_say(r, EV_NothingToDo, NULL, "Nothing to do: no selected source%s has limits of freshness",
            command_is(r->options, CMD_AGES) ? " or model" : "");
  bool written = write_artifacts(r, p.all, done, p.sources);
  if (!run_report(r) || !written)
    return EXIT_FAILED;
  return r->signal ? 128 + r->signal : bad ? EXIT_FAILED : EXIT_GOOD;
}

static int remembered(Run *r) {
  int code = freshness(r);
  run_remember(r, code);
  return code;
}

int task_freshness(RunOptions *o, Reporter *report) { return run_task(o, report, remembered); }
