// source freshness: asks each selected source for its newest row, on as many threads as the target
// has, and compares its age with warn_after and error_after.
#include "../../compiler/artifacts/results.h"
#include "../../compiler/base/clock.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/context/cache.h"
#include "../../compiler/context/relation.h"
#include "../../compiler/context/results.h"
#include "../../compiler/graph/batch.h"
#include "../../compiler/template/ops.h"
#include "../run/errors.h"
#include "../run/files.h"
#include "../run/hooks.h"
#include "../run/node_events.h"
#include "../run/pool.h"
#include "../run/signals.h"
#include "../run/summary.h"
#include "../run/warehouse.h"
#include "../run/warn.h"
#include "../run/worker.h"
#include "task.h"

// Seconds of {count, period}; < 0: no limit.
static double limit_of(Value freshness, Str key) {
  Value d = val_get(freshness, key), count = val_get(d, STR("count")),
        period = val_get(d, STR("period"));
  double n = count.kind == VAL_INT ? (double)count.i : count.kind == VAL_FLOAT ? count.f : -1;
  if (n < 0 || period.kind != VAL_STR)
    return -1;
  return n * (str_is(val_text(period), "minute") ? 60
              : str_is(val_text(period), "hour") ? 3600
                                                 : 86400);
}

static bool asks(const Node *n) {
  return n->kind == NODE_SOURCE && n->info->freshness.kind == VAL_DICT &&
         (limit_of(n->info->freshness, STR("warn_after")) >= 0 ||
          limit_of(n->info->freshness, STR("error_after")) >= 0);
}

// The newest moment and now, put into starc_times. A macro of the project may give the table alone.
static const char query[] =
    "{%- if starc_query -%}"
    "{%- set r = adapter.starc_macro('collect_freshness_custom_sql')(source=starc_source, "
    "loaded_at_query=starc_query) -%}"
    "{%- else -%}"
    "{%- set r = adapter.starc_macro('collect_freshness')(source=starc_source, "
    "loaded_at_field=starc_field, filter=starc_filter) -%}"
    "{%- endif -%}"
    "{%- set rows = (r.table if r.table is defined else r).rows -%}"
    "{%- for value in rows[0] -%}{%- do starc_times.append(value) -%}{%- endfor -%}";

// The filter of the table, else of its source: there or in its config.
static const Yaml *filter_of(const Node *n) {
  const Yaml *both[] = {n->patch, n->info->yaml}, *found = NULL;
  for (size_t i = 0; i < 2 && !found; i++) {
    found = yaml_get(yaml_get(both[i], STR("freshness")), STR("filter"));
    if (!found)
      found = yaml_get(yaml_get(yaml_get(both[i], STR("config")), STR("freshness")), STR("filter"));
  }
  return found;
}

typedef struct Place {
  const Source *src;
  Span span;
} Place;

// The place of a word within another one. False: it is not there.
static bool narrow(Place *p, Str word) {
  Str text =
      p->src ? str_sub(p->src->text, p->span.at, (size_t)p->span.at + p->span.len) : (Str){0};
  ptrdiff_t at = word.len ? str_find(text, word, 0) : -1;
  if (at >= 0)
    p->span = (Span){p->span.at + (uint32_t)at, (uint32_t)word.len};
  return at >= 0;
}

// Where the source's YAML says what the database complains about.
static Place place_of(const Node *n, const DbError *e) {
  const Yaml *filter = filter_of(n), *name = yaml_get(n->patch, STR("identifier"));
  name = name ? name : yaml_get(n->patch, STR("name"));
  if ((e->no_relation || e->denied) && name)
    return (Place){name->src, name->span};
  Str word;
  for (size_t i = 0; next_quoted(e->message, &i, &word);) {
    Place asked = {n->info->asked_src, n->info->asked_span};
    Place in_filter = filter ? (Place){filter->src, filter->span} : (Place){0};
    if (narrow(&asked, word))
      return asked;
    if (narrow(&in_filter, word))
      return in_filter;
  }
  return (Place){n->info->asked_src, n->info->asked_span};
}

// loaded_at_query is a template that sees `this`, the source.
static bool render_query(Worker *w, const Node *n, Str *sql, Diags *diags) {
  *sql = n->info->loaded_at_query;
  if (!sql->len)
    return true;
  Context *c = arena_new(&w->arena, Context);
  context_init(c, CONTEXT_MODEL, &w->run->shared, &w->arena, n, n->package, &w->conn->db);
  Source *src = arena_new(c->arena, Source);
  *src = (Source){.path = n->original_path,
                  .text = *sql,
                  .made_by = n->info->asked_src,
                  .made_at = n->info->asked_span};
  const Template *t = template_parse(c->arena, src, diags);
  EvalOptions o = context_options(c, diags);
  return t && template_render(t, &o, sql);
}

static void hint_cast(Diags *diags, Diag *d, const Node *n) {
  bool asked = n->info->loaded_at_query.len > 0;
  diag_hint(diags, d, "for example: cast(%.*s as timestamp)",
            STR_ARG(asked ? STR("...") : n->info->loaded_at_field));
}

// What the database said of the query, where the YAML has it.
static void placed(Diags *diags, const Context *c, const Node *n) {
  const DbError *e = context_db_error(c);
  if (!e)
    return;
  DbError error = *e; // its texts are the context's
  diags_free(diags);
  diags_init(diags);
  if (is_warehouse_error(&error)) {
    warehouse_diag(diags, &error);
    return;
  }
  Place p = place_of(n, &error);
  Diag *d = diag_at(diags, SEV_ERROR, db_error_code(&error), p.src, p.span, "%.*s",
                    STR_ARG(error.brief.len ? error.brief : error.message));
  if (error.wrong_argument)
    hint_cast(diags, d, n);
  else if (error.no_relation)
    diag_hint(diags, d, "check the database, schema and name of the source");
  else if (error.hint.len)
    diag_hint(diags, d, "%.*s", STR_ARG(error.hint));
}

// A moment -> microseconds since 1970, 0 where no row has one. Without an offset it is in UTC, as
// dbt has it. False: the value is no moment, which is told.
static bool instant_of(Arena *a, const Node *n, Value v, int64_t *out, Diags *diags) {
  *out = 0;
  if (v.kind == VAL_NONE ||
      (val_is_type(v, &datetime_type) && batch_time_parse(val_to_str(a, v), out)))
    return true;
  bool asked = n->info->loaded_at_query.len > 0;
  Diag *d = diag_at(diags, SEV_ERROR, CODE_SOURCE_FRESHNESS, n->info->asked_src,
                    n->info->asked_span, "the %s of '%.*s.%.*s' gives %s, not a timestamp",
                    asked ? "loaded_at_query" : "loaded_at_field", STR_ARG(n->info->source_name),
                    STR_ARG(n->name), val_is_type(v, &date_type) ? "a date" : val_type_name(v));
  hint_cast(diags, d, n);
  return false;
}

// False: the answer is no pair of moments, which is told.
static bool ages(Arena *a, const Node *n, Value times, Freshness *f, Diags *diags) {
  int64_t newest, now;
  if (times.list->n < 2) {
    diag_at(diags, SEV_ERROR, CODE_SOURCE_FRESHNESS, n->info->asked_src, n->info->asked_span,
            "no answer");
    return false;
  }
  if (!instant_of(a, n, times.list->items[0], &newest, diags) ||
      !instant_of(a, n, times.list->items[1], &now, diags))
    return false;
  newest = newest < 0 ? 0 : newest; // no rows at all: as old as can be
  f->loaded.max_loaded_us = newest + (newest == 0);
  f->loaded.snapshotted_us = now;
  f->loaded.age = (double)(now - newest) / 1e6;
  double warn = limit_of(n->info->freshness, STR("warn_after"));
  double error = limit_of(n->info->freshness, STR("error_after"));
  f->status = error >= 0 && f->loaded.age > error ? RUN_ERROR
              : warn >= 0 && f->loaded.age > warn ? RUN_WARN
                                                  : RUN_PASS;
  return true;
}

// A limit alone says nothing about what to measure. The engines do not keep when a table was
// written.
static bool can_ask(const Node *n, Diags *diags) {
  const SourceInfo *i = n->info;
  if (i->loaded_at_field.len || i->loaded_at_query.len)
    return true;
  Diag *d = diag_at(diags, SEV_ERROR, CODE_SOURCE_FRESHNESS, i->asked_src, i->asked_span,
                    "'%.*s.%.*s' has limits of freshness and no loaded_at_field",
                    STR_ARG(i->source_name), STR_ARG(n->name));
  diag_hint(diags, d,
            "name the column that says when a row came, or give loaded_at_query; freshness: "
            "null leaves the table out");
  return false;
}

// Since dbt 1.12 --warn-error is for a source that is old enough to warn of too.
static bool warns_as_error(Run *r) {
  return project_flag(r->project, "require_all_warnings_handled_by_warn_error") &&
         run_warns_as_error(r, CODE_SOURCE_FRESHNESS);
}

// Lets the database tell the newest moment and its own, into `times`.
static bool query_times(Worker *w, Context *c, const Node *n, Value times, Diags *diags) {
  Value filter = val_get(n->info->freshness, STR("filter")), out;
  Str sql;
  if (!can_ask(n, diags) || !render_query(w, n, &sql, diags))
    return false;
  context_set(c, STR("starc_times"), times);
  context_set(c, STR("starc_source"), relation_of_node(c->arena, &w->run->shared, n));
  context_set(c, STR("starc_field"), val_str(n->info->loaded_at_field));
  context_set(c, STR("starc_filter"), filter.kind == VAL_STR ? filter : val_none());
  context_set(c, STR("starc_query"), val_str(sql));
  if (context_eval(c, str_c(query), &out, diags))
    return true;
  placed(diags, c, n);
  return false;
}

// What is said and kept of it outlives the worker's arena.
static void ask(Worker *w, const Node *n, Freshness *f, Diags *diags) {
  Run *r = w->run;
  Arena *a = &w->arena;
  arena_reset(a);
  Conn *conn = worker_conn(w);
  Context *c = arena_new(a, Context);
  conn_for(conn, n);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, n, n->package, &conn->db);
  Value times = val_list(a, 2);
  *f = (Freshness){.source = n, .start_us = clock_us(), .thread = w->thread};
  bool good = query_times(w, c, n, times, diags);
  Value response = context_result(c, STR("collect_freshness"), NULL), said = val_dict(a);
  size_t at = 0;
  for (DictEntry *e; response.kind == VAL_DICT && (e = dict_next(response.dict, &at));)
    if (e->value.kind != VAL_NONE && e->value.kind != VAL_UNDEF)
      dict_set(a, said.dict, e->key, e->value);
  f->adapter_response = result_value(r, said);
  context_settle(c, conn, good);
  f->end_us = clock_us();
  f->seconds = (double)(f->end_us - f->start_us) / 1e6;
  if (!good || !ages(a, n, times, f, diags)) {
    f->status = RUN_RUNTIME_ERROR;
    f->error = result_text(r, diags->first ? diags->first->message : STR("no answer"));
  }
  if (f->status == RUN_WARN && warns_as_error(r))
    f->status = RUN_ERROR;
}

// "3.0 days"
static Str age_text(Arena *a, const Freshness *f) {
  const char *unit = f->loaded.age < 7200 ? "minutes" : f->loaded.age < 172800 ? "hours" : "days";
  double in = f->loaded.age < 7200     ? f->loaded.age / 60
              : f->loaded.age < 172800 ? f->loaded.age / 3600
                                       : f->loaded.age / 86400;
  return str_fmt(a, "%.1f %s", in, unit);
}

// The line of a terminal.
static Str shown_line(Run *r, const Freshness *f, size_t index, size_t total) {
  const char *word = f->status == RUN_PASS    ? "PASS"
                     : f->status == RUN_WARN  ? "WARN"
                     : f->status == RUN_ERROR ? "ERROR STALE"
                                              : "ERROR";
  Str name = f->source->info->source_name, table = f->source->name;
  if (f->status == RUN_RUNTIME_ERROR)
    return str_fmt(&r->arena, "%zu of %zu  %s freshness of %.*s.%.*s", index, total, word,
                   STR_ARG(name), STR_ARG(table));
  return str_fmt(&r->arena, "%zu of %zu  %s freshness of %.*s.%.*s: newest row is %.*s old", index,
                 total, word, STR_ARG(name), STR_ARG(table), STR_ARG(age_text(&r->arena, f)));
}

// Both what a terminal shows, in the order of the ends, and what dbt has.
static void tell(Run *r, NodeStep *step, const Freshness *f, size_t told) {
  RunResult res = {.node = f->source,
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

// What a report says of a source that is not fresh.
static Diag *stale(Run *r, const Freshness *f) {
  const Node *n = f->source;
  Diags diags;
  diags_init(&diags);
  Diag *d =
      diag_at(&diags, f->status == RUN_WARN ? SEV_WARNING : SEV_ERROR, CODE_SOURCE_STALE,
              n->info->asked_src, n->info->asked_span, "the newest row of '%.*s.%.*s' is %.*s old",
              STR_ARG(n->info->source_name), STR_ARG(n->name), STR_ARG(age_text(&diags.arena, f)));
  Diag *kept = result_diag(r, d);
  diags_free(&diags);
  return kept;
}

// For the hooks at the end, which see the results, and for reports. `why`: what could not be asked.
static void keep_result(Run *r, const Freshness *f, Diag *why) {
  RunResult *res = result_new(r, f->source);
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
  const Node **sources;
  Freshness *all; // by source; one that was not asked has no source
  Diag **why;     // by source: what could not be asked, or NULL
  size_t n, told;
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
                   .node = p->sources[i],
                   .index = atomic_fetch_add(&p->started, 1) + 1,
                   .total = p->n,
                   .thread = p->workers[worker].thread};
  run_step(p->r, &step);
  for (step.phase = PHASE_COMPILING; step.phase <= PHASE_EXECUTING; step.phase++)
    run_step(p->r, &step);
  ask(&p->workers[worker], p->sources[i], &p->all[i], &diags);
  pthread_mutex_lock(&p->lock);
  if (diags.first) {
    warehouse_tell(p->r, diags.first, p->sources[i]);
    p->why[i] = result_diag(p->r, diags.first);
  }
  tell(p->r, &step, &p->all[i], ++p->told);
  pthread_mutex_unlock(&p->lock);
  diags_free(&diags);
  return POOL_GOOD;
}

static void ask_none(void *data, size_t job, size_t cause) { (void)data, (void)job, (void)cause; }

// Gives how many were asked; their results are in the first places of p->all, in the graph's order.
static size_t ask_all(FreshnessPool *p, Conn *conn) {
  Run *r = p->r;
  unsigned threads = run_threads(r);
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
    if (p->all[i].source) {
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
    if (r->results[i]->node->kind == NODE_SOURCE && r->results[i]->status == RUN_ERROR)
      summary_stale(r, r->results[i]);
  run_tell(r, (Event){.kind = EV_FreshnessCheckComplete, .totals = true},
           "Done in %.2fs%s. PASS=%zu WARN=%zu ERROR=%zu TOTAL=%zu", seconds,
           r->signal ? ", interrupted" : "", count[0], count[1], count[2], n);
}

static int freshness(Run *r) {
  bool *bits = run_select(r, r->options->command->kinds);
  if (!bits)
    return EXIT_USAGE;
  FreshnessPool p = {.r = r};
  p.sources = arena_array(&r->arena, const Node *, r->graph->nnodes + 1);
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (bits[i] && asks(r->graph->nodes[i]))
      p.sources[p.n++] = r->graph->nodes[i];
  p.all = arena_array(&r->arena, Freshness, p.n + 1);
  p.why = arena_array(&r->arena, Diag *, p.n + 1);
  signals_watch(r);
  r->shared.cache = relation_cache_new();
  bool bad = !run_write_manifest(r);
  Conn *conn = p.n ? warehouse_connect(r, "worker") : NULL;
  if (p.n && !conn)
    return r->signal ? 128 + r->signal : EXIT_FAILED;
  bool with_hooks = p.n && project_flag(r->project, "source_freshness_run_project_hooks");
  bool hooks = !with_hooks || hooks_run(r, false);
  size_t done = hooks && !run_stopped(r) ? ask_all(&p, conn) : 0;
  for (size_t i = 0; i < done; i++)
    bad |= p.all[i].status == RUN_ERROR || p.all[i].status == RUN_RUNTIME_ERROR;
  if (with_hooks && !r->signal)
    hooks &= hooks_run(r, true);
  bad |= !run_write_manifest(r); // again, with the hooks that were compiled
  bad |= !hooks;
  if (p.n)
    tell_all(r, p.all, done);
  else
    run_say(r, EV_NothingToDo, NULL, "Nothing to do: no selected source has limits of freshness");
  Str path = r->options->output.len
                 ? fs_absolute(&r->arena, r->options->output)
                 : fs_join(&r->arena, r->project->target_dir, STR("sources.json"));
  bool written = sources_write(r->project, p.all, done, (double)(clock_us() - r->started_us) / 1e6,
                               path, &r->diags);
  if (!run_report(r) || !written)
    return EXIT_FAILED;
  return r->signal ? 128 + r->signal : bad ? EXIT_FAILED : EXIT_GOOD;
}

int task_freshness(RunOptions *o, Reporter *report) { return run_task(o, report, freshness); }
