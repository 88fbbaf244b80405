// See microbatch.h. The first batch runs alone (it makes the table), then those between, side by
// side where that is allowed, then the last. A batch is the node's ordinary work on a copy of the
// node that knows its span; macros/default/microbatch.sql has what comes before and after.
#include "microbatch.h"

#include "../../compiler/base/clock.h"
#include "../../compiler/base/program.h"
#include "../../compiler/graph/batch.h"
#include "../../compiler/template/ops.h"
#include "errors.h"
#include "journal.h"
#include "node_events.h"
#include "node_run.h"
#include "sample.h"
#include "worker.h"

#include <stdio.h>

typedef enum BatchState { BATCH_OPEN, BATCH_GOOD, BATCH_BAD } BatchState;

typedef struct Micro {
  Worker *w; // whose job it is
  const Node *node;
  RunResult *res;
  Arena arena;
  BatchSize size;
  Batch *batches;
  BatchState *states;
  size_t n;
  Value before;         // batches that an earlier run did: a list of (start, end), or undefined
  bool adds;            // into a table that is there
  Str beside;           // the table that is built in place of the node's own; empty: none
  bool goes_on;         // an earlier run did some
  pthread_mutex_t lock; // guards states, res, arena
} Micro;

// --- options

static bool span_wrong(Run *r, const char *message, Str given, const char *hint) {
  Diag *d = diag_error(&r->diags, CODE_OPTION_VALUE, STR(""), "%s%s%.*s%s", message,
                       given.len ? " '" : "", STR_ARG(given), given.len ? "'" : "");
  diag_hint(&r->diags, d, "%s", hint);
  return run_report(r) && false;
}

bool microbatch_span(Run *r) {
  const RunOptions *o = r->options;
  static const char form[] =
      "a time is 2025-01-31, 2025-01-31T12:00 or 2025-01-31T12:00:00, in UTC";
  if (!sample_span(r))
    return false;
  if (r->flags.sample) { // batches are those of the sample
    r->event_from = r->flags.sample_from;
    r->event_to = r->flags.sample_to;
    r->has_event_span = true;
    return true;
  }
  if (!o->event_time_start.len && !o->event_time_end.len)
    return true;
  if (!o->event_time_start.len)
    return span_wrong(r, "--event-time-end was given without --event-time-start", (Str){0},
                      "name both ends of the span");
  if (!o->event_time_end.len)
    return span_wrong(r, "--event-time-start was given without --event-time-end", (Str){0},
                      "name both ends of the span");
  if (!batch_time_parse(o->event_time_start, &r->event_from))
    return span_wrong(r, "--event-time-start is not a time:", o->event_time_start, form);
  if (!batch_time_parse(o->event_time_end, &r->event_to))
    return span_wrong(r, "--event-time-end is not a time:", o->event_time_end, form);
  if (r->event_from >= r->event_to)
    return span_wrong(r, "--event-time-start must be less than --event-time-end, which is",
                      o->event_time_end,
                      "the start is the first moment, the end the first one after the span");
  r->has_event_span = true;
  return true;
}

bool microbatch_is(const Run *r, const Node *n) {
  return node_is_microbatch(n) && load_batches_wanted(r->loaded.macros, r->project);
}

// --- which batches

static int64_t as_time(Value v, bool *good) {
  Arena a = {0};
  int64_t at = 0;
  Str text = val_is_absent(v) ? STR("") : val_to_str(&a, v);
  *good = batch_time_parse(text, &at);
  arena_free(&a);
  return at;
}

static void add_batches(Micro *m, Value list) {
  for (size_t i = 0; val_is_seq(list) && i < list.list->n; i++) {
    Value pair = list.list->items[i];
    bool from_good = false, to_good = false;
    if (!val_is_seq(pair) || pair.list->n != 2)
      continue;
    int64_t from = as_time(pair.list->items[0], &from_good);
    int64_t to = as_time(pair.list->items[1], &to_good);
    if (from_good && to_good)
      m->batches[m->n++] = batch_of(&m->arena, from, to, m->size);
  }
}

static size_t list_len(Value v) { return val_is_seq(v) ? v.list->n : 0; }

static void plan_batches(Micro *m, Value earlier, bool all) {
  const Run *r = m->w->run;
  const Node *n = m->node;
  Value failed = val_get(earlier, STR("failed")), good = val_get(earlier, STR("successful"));
  if (list_len(failed)) {
    m->batches = arena_array(&m->arena, Batch, list_len(failed) + list_len(good) + 1);
    if (all)
      add_batches(m, good);
    else
      m->before = good;
    add_batches(m, failed);
    return;
  }
  bool ok;
  Value lookback = node_config(n, STR("lookback"));
  BatchSpan s = {.size = m->size,
                 .begin = as_time(node_config(n, STR("begin")), &ok),
                 .lookback = lookback.kind == VAL_INT ? lookback.i : 1,
                 .incremental = m->adds,
                 .has_from = r->has_event_span,
                 .has_to = r->has_event_span,
                 .from = r->event_from,
                 .to = r->event_to,
                 .now = r->project->started_us};
  m->batches = batches_make(&m->arena, &s, &m->n);
}

// --- before and after

// Calls a macro with the node's own names. False: res holds the failure.
static bool call_macro(Micro *m, const Node *n, const char *text, Value *out) {
  Worker *w = m->w;
  Run *r = w->run;
  Diags diags = {0};
  diags_init(&diags);
  conn_for(w->conn, n);
  Context *c = arena_new(&m->arena, Context);
  context_init(c, CONTEXT_MODEL, &r->shared, &m->arena, n, n->package, &w->conn->db);
  c->thread = w->thread;
  context_set(c, STR("starc_beside"), m->beside.len ? val_str(m->beside) : val_none());
  context_set(c, STR("starc_goes_on"), val_bool(m->goes_on));
  bool complete = m->n > 0;
  for (size_t i = 0; i < m->n; i++)
    complete &= m->states[i] == BATCH_GOOD;
  context_set(c, STR("starc_complete"), val_bool(complete));
  bool good = context_eval(c, str_c(text), out, &diags);
  context_settle(c, w->conn, good);
  if (!good) {
    m->res->status = RUN_ERROR;
    result_fail(r, m->res, &diags, c, NULL);
  }
  diags_free(&diags);
  return good;
}

static Str text_of(Micro *m, Value v) {
  return v.kind == VAL_STR ? str_dup(&m->arena, val_text(v)) : STR("");
}

static bool begin(Micro *m, Value earlier) {
  Value answer;
  m->goes_on = list_len(val_get(earlier, STR("successful"))) > 0;
  if (!call_macro(m, m->node, "{{ starc_microbatch_begin(starc_goes_on) }}", &answer))
    return false;
  m->adds = val_truth(val_get(answer, STR("adds")));
  m->beside = text_of(m, val_get(answer, STR("beside")));
  plan_batches(m, earlier, val_truth(val_get(answer, STR("all"))));
  m->states = arena_array(&m->arena, BatchState, m->n + 1);
  journal_batches(m->w->run, m->node, m->batches, m->n, m->before);
  return true;
}

// --- one batch

// The node as one batch sees it: its span, no hooks, and the table that batches go into.
static const Node *batch_node(Micro *m, size_t i) {
  static const Str hooks[] = {STR_INIT("pre-hook"), STR_INIT("post-hook")};
  pthread_mutex_lock(&m->lock);
  Arena *a = &m->arena;
  Node *n = arena_new(a, Node);
  *n = *m->node;
  node_more(a, n)->batch = &m->batches[i];
  n->config = val_copy(a, m->node->config, false);
  for (size_t k = 0; k < 2; k++)
    dict_sets(a, n->config.dict, hooks[k], val_list(a, 0));
  if (m->beside.len)
    n->alias = m->beside;
  pthread_mutex_unlock(&m->lock);
  return n;
}

static void tell_batch(Micro *m, size_t i, const RunResult *res, const char *word) {
  const Node *n = m->node;
  Arena a = {0};
  RunResult open = {.node = n, .status = RUN_SKIPPED};
  Str line =
      str_fmt(&a, "Batch %*zu of %zu  %-5s  batch %.*s of %.*s.%.*s  %7.2fs",
              snprintf(NULL, 0, "%zu", m->n), i + 1, m->n, word, STR_ARG(m->batches[i].shown),
              STR_ARG(n->schema), STR_ARG(n->alias), res ? res->seconds : 0.0);
  run_batch_step(m->w->run, n, m->batches[i].shown, i + 1, m->n, res ? res : &open, line);
  arena_free(&a);
}

static void run_batch(void *data, unsigned worker, size_t i) {
  Micro *m = data;
  Worker *w = m->w->all ? &m->w->all[worker] : m->w;
  Run *r = w->run;
  run_batch_step(r, m->node, m->batches[i].shown, i + 1, m->n, NULL, STR(""));
  RunResult *res = node_run(w, batch_node(m, i), ACTION_BUILD);
  w->conn->node = res->node = m->node;
  bool good = res->status == RUN_SUCCESS;
  if (!good && run_stopped(r)) // cancelled: it did not happen
    return;
  pthread_mutex_lock(&m->lock);
  m->states[i] = good ? BATCH_GOOD : BATCH_BAD;
  if (good && res->rows > 0)
    m->res->rows = (m->res->rows < 0 ? 0 : m->res->rows) + res->rows;
  if (!good && !m->res->diag) {
    m->res->diag = res->diag;
    m->res->failed_in = res->failed_in;
    m->res->compiled_path = res->compiled_path;
  }
  tell_batch(m, i, res, good ? "OK" : "ERROR");
  pthread_mutex_unlock(&m->lock);
  if (good)
    journal_batch(r, m->node, &m->batches[i]);
}

static void run_middle(void *data, unsigned worker, size_t i) { run_batch(data, worker, i + 1); }

// A model that reads itself needs the batches before: dbt looks for the name in its text.
static bool reads_itself(const Node *n) {
  for (ptrdiff_t at = -1; (at = str_find(n->raw_code, STR("this"), (size_t)(at + 1))) >= 0;) {
    Str before = str_sub(n->raw_code, 0, (size_t)at);
    bool starts = !before.len || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_."
                                         "0123456789'\"",
                                         before.ptr[before.len - 1]);
    if (starts && str_rfind(before, STR("{")) > str_rfind(before, STR("}")))
      return true;
  }
  return false;
}

static bool side_by_side(const Micro *m) {
  Value wanted = node_config(m->node, STR("concurrent_batches"));
  if (!m->w->run->dialect->batches_apart || !m->w->pool)
    return false;
  return wanted.kind == VAL_BOOL ? wanted.b : !reads_itself(m->node);
}

static bool go_on(const Micro *m) {
  if (run_stopped(m->w->run))
    return false;
  for (size_t i = 0; m->w->run->options->fail_fast && i < m->n; i++)
    if (m->states[i] == BATCH_BAD)
      return false;
  return true;
}

static void mark_adds(Micro *m) {
  for (size_t i = 0; i < m->n; i++) {
    m->batches[i].adds = i > 0 || m->adds;
    m->batches[i].adds_in_text = m->goes_on && m->adds;
  }
}

static void run_batches(Micro *m) {
  unsigned here = m->w->number;
  mark_adds(m);
  run_batch(m, here, 0);
  if (m->states[0] != BATCH_GOOD)
    return; // the table is not there: the others have nothing to go into
  if (m->n > 2 && side_by_side(m) && go_on(m))
    pool_share(m->w->pool, here, m->n - 2, run_middle, m);
  else
    for (size_t i = 1; i + 1 < m->n && go_on(m); i++)
      run_batch(m, here, i);
  if (m->n > 1 && go_on(m))
    run_batch(m, here, m->n - 1);
}

// --- the result

static Value batch_pair(Arena *a, const Batch *b) {
  Value pair = val_tuple(a, 2);
  list_push(a, pair.list, val_str(batch_time_iso(a, b->start)));
  list_push(a, pair.list, val_str(batch_time_iso(a, b->end)));
  return pair;
}

static void settle(Micro *m, bool in_place) {
  Run *r = m->w->run;
  RunResult *res = m->res;
  Arena *a = &m->arena;
  Value d = val_dict(a), good = val_list(a, m->n), bad = val_list(a, 4);
  for (size_t i = 0; i < m->n; i++) {
    if (m->states[i] == BATCH_OPEN)
      tell_batch(m, i, NULL, "SKIP");
    list_push(a, m->states[i] == BATCH_GOOD ? good.list : bad.list, batch_pair(a, &m->batches[i]));
  }
  size_t ngood = good.list->n, nbad = bad.list->n;
  for (size_t i = 0; i < list_len(m->before); i++)
    list_push(a, good.list, m->before.list->items[i]);
  dict_sets(a, d.dict, STR("successful"), good);
  dict_sets(a, d.dict, STR("failed"), bad);
  res->batches = result_value(r, d);
  if (res->status == RUN_ERROR && !nbad) // after the last batch
    return;
  res->status = !nbad ? RUN_SUCCESS : ngood ? RUN_PARTIAL : RUN_ERROR;
  res->failures = 0;
  if (!nbad) {
    res->message = STR("SUCCESS");
    return;
  }
  Buf text = {.arena = a};
  if (ngood)
    buf_addf(&text, "PARTIAL SUCCESS (%zu/%zu)", ngood, ngood + nbad);
  else
    buf_adds(&text, "ERROR");
  if (res->diag)
    buf_addf(&text, "\n  %.*s", STR_ARG(res->diag->message));
  if (m->beside.len && ngood && !in_place)
    buf_addf(&text,
             program_words(a, "\n  the table is as it was; what is done stands in %.*s, and "
                              "`starc retry` does the rest"),
             STR_ARG(m->beside));
  res->message = result_text(r, buf_str(&text));
}

RunResult *microbatch_run(Worker *w, const Node *n) {
  Run *r = w->run;
  Micro m = {.w = w, .node = n, .res = result_new(r, n), .before = val_undef(NULL)};
  pthread_mutex_init(&m.lock, NULL);
  int64_t from = clock_us();
  m.res->thread = w->thread;
  m.res->relation_name = n->relation_name;
  m.res->compile_start_us = m.res->compile_end_us = m.res->execute_start_us = from;
  m.res->status = RUN_SUCCESS;
  Value size = node_config(n, STR("batch_size")), earlier = val_undef(NULL), in_place;
  if (val_is(size, VAL_STR))
    batch_size_parse(val_text(size), &m.size);
  if (r->options->retry_batches.kind == VAL_DICT)
    earlier = val_get(r->options->retry_batches, n->id);
  worker_conn(w);
  if (begin(&m, earlier)) {
    run_batches(&m);
    in_place = val_bool(false);
    if (m.states[0] == BATCH_GOOD && !run_stopped(r))
      call_macro(&m, n, "{{ starc_microbatch_end(starc_beside, starc_complete) }}", &in_place);
    settle(&m, val_truth(in_place));
  }
  m.res->execute_end_us = clock_us();
  m.res->seconds = (double)(m.res->execute_end_us - from) / 1e6;
  pthread_mutex_lock(&r->lock); // findings may point into texts of the macros' evaluation
  arena_adopt(&r->results_arena, &m.arena);
  pthread_mutex_unlock(&r->lock);
  pthread_mutex_destroy(&m.lock);
  return m.res;
}
