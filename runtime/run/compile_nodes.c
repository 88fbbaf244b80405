// See compile_nodes.h.
#include "compile_nodes.h"
#include "node_events.h"
#include "node_job.h"
#include "worker.h"

typedef struct CompilePool {
  Run *r;
  const Node **nodes;
  Worker *workers;
  RunResult **results;
  size_t n;
} CompilePool;

RunResult *compile_alone(Worker *w, const Node *n, size_t index, size_t total) {
  NodeStep step = {.phase = PHASE_STARTED,
                   .node = n,
                   .index = index,
                   .total = total,
                   .thread = w->thread,
                   .quiet = true};
  run_step(w->run, &step);
  step.result = node_job(w, n, ACTION_COMPILE);
  step.phase = PHASE_DONE;
  run_step(w->run, &step);
  return (RunResult *)(uintptr_t)step.result;
}

static PoolVerdict compile_one(void *data, unsigned worker, size_t job) {
  CompilePool *p = data;
  p->results[job] = compile_alone(&p->workers[worker], p->nodes[job], job + 1, p->n);
  return POOL_GOOD;
}
static void compile_skip(void *data, size_t job, size_t cause) {
  (void)data, (void)job, (void)cause;
}

void compile_tell_selected(Run *r, const Node **nodes, size_t n) {
  for (size_t i = 0; i < n; i++)
    list_push(&r->arena, r->flags.selected.list, val_str(nodes[i]->id));
}

// Workers for which the database had no connection left: those that have one do their nodes.
static void compile_again(CompilePool *p, size_t n, unsigned threads) {
  Worker *w = p->workers;
  while (w < p->workers + threads && !(w->conn && w->conn->session))
    w++;
  for (size_t i = 0; i < n && w < p->workers + threads; i++)
    if (p->results[i] && p->results[i]->diag && p->results[i]->diag->code == CODE_CONNECTION_FAILED)
      p->results[i] = compile_alone(w, p->nodes[i], i + 1, n);
}

// Compiling needs no order: what ephemeral parents say is rendered in place.
void compile_nodes(Run *r, const Node **nodes, size_t n) {
  unsigned threads = run_threads(r);
  if (!threads || threads > n)
    threads = n ? (unsigned)n : 1;
  CompilePool p = {.r = r, .nodes = nodes, .n = n};
  p.workers = arena_array(&r->arena, Worker, threads);
  p.results = arena_array(&r->arena, RunResult *, n + 1);
  for (unsigned i = 0; i < threads; i++)
    worker_init(&p.workers[i], r, i);
  PoolPlan plan = {
      .njobs = n, .workers = threads, .data = &p, .work = compile_one, .skip = compile_skip};
  pool_run(&plan, &r->stop);
  compile_again(&p, n, threads);
  for (size_t i = 0; i < n; i++)
    if (p.results[i])
      result_add(r, p.results[i]);
  for (unsigned i = 0; i < threads; i++)
    worker_free(&p.workers[i]);
}
