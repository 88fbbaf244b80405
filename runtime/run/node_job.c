// See node_job.h.
#include "node_job.h"
#include "microbatch.h"
#include "node_lock.h"
#include "node_run.h"
#include "worker.h"

#include "../../compiler/base/clock.h"

static RunResult *run_locked(Worker *w, const Node *n, NodeAction action) {
  NodeLock lock;
  RunResult *res = NULL;
  if (node_lock_later(w, n, action, &lock) &&
      (res = node_lock_after(w, &lock, node_run(w, n, action))))
    return res;
  if ((res = node_lock_take(w, n, action, &lock)))
    return res;
  if (action == ACTION_BUILD && microbatch_is(w->run, n))
    res = microbatch_run(w, n);
  else
    res = node_run(w, n, action);
  if (node_lock_twin(w, n, &lock, res))
    res = node_run(w, n, action);
  node_lock_leave(&lock);
  return res;
}

// The view that reads the latest version of a model, as a model that is no node of the graph: of
// the model's config it has what views have, but hooks and docs, which are the model's.
static Node *pointer_view(Run *r, const Node *n) {
  static const char *const hooks[] = {"pre-hook", "post-hook"};
  ptrdiff_t dot = str_rfind(n->original_path, STR("."));
  pthread_mutex_lock(&r->lock);
  Arena *a = &r->results_arena;
  Node *view = arena_new(a, Node);
  *view = *n;
  view->alias = n->more->pointer;
  NodeMore *more = node_more(a, view);
  more->pointer = (Str){0};
  more->points_to = n;
  view->id = str_fmt(a, "%.*s__latest_version_pointer", STR_ARG(n->id));
  view->original_path = str_fmt(a, "%.*s__latest_version_pointer.sql",
                                STR_ARG(str_sub(n->original_path, 0, (size_t)dot)));
  view->language = STR("sql");
  Source *src = arena_new(a, Source);
  *src = (Source){.path = view->original_path,
                  .made_by = n->source,
                  .text = str_fmt(a, "select * from %.*s", STR_ARG(n->relation_name))};
  view->source = src;
  view->body = NULL;
  view->raw_code = src->text;
  view->config = val_copy(a, n->config, false);
  dict_sets(a, view->config.dict, STR("materialized"), val_str(STR("view")));
  for (size_t i = 0; i < 2; i++)
    dict_sets(a, view->config.dict, str_c(hooks[i]), val_list(a, 0));
  dict_sets(a, view->config.dict, STR("persist_docs"), val_dict(a));
  pthread_mutex_unlock(&r->lock);
  return view;
}

// Builds it once its version stands: it is swapped in, so that a reader finds it at all times.
static void run_pointer(Worker *w, const Node *n, RunResult *res) {
  const RunResult *made = run_locked(w, pointer_view(w->run, n), ACTION_BUILD);
  if (made->status == RUN_SUCCESS)
    return;
  res->status = made->status;
  res->failed_in = made->failed_in;
  res->message = made->message;
  res->diag = made->diag;
  if (!res->diag)
    return;
  Str hint = res->diag->hint;
  res->diag->hint =
      result_text(w->run, str_fmt(&w->arena, "%.*s%sthe version is built, its view '%.*s' is not",
                                  STR_ARG(hint), hint.len ? "; " : "", STR_ARG(n->more->pointer)));
}

RunResult *node_job(Worker *w, const Node *n, NodeAction action) {
  RunResult *res = run_locked(w, n, action);
  if (action == ACTION_BUILD && n->more->pointer.len && res->status == RUN_SUCCESS)
    run_pointer(w, n, res);
  return res;
}
