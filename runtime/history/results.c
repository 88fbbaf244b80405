// A run_results.json, of starc or of dbt, as one run.
#include "../../compiler/base/fs.h"
#include "../../compiler/graph/batch.h"
#include "../../compiler/value/json.h"
#include "history.h"

static Str text_of(Arena *a, Value v, const char *key) {
  Value t = val_get(v, str_c(key));
  return t.kind == VAL_STR ? str_dup(a, val_text(t)) : (Str){0};
}

static double number_of(Value v) {
  double f = v.kind == VAL_FLOAT ? v.f : v.kind == VAL_INT ? (double)v.i : 0;
  return f >= 0 && f < 1e12 ? f : 0;
}

// When the first step of the nodes began; 0: none says so.
static int64_t first_start(Value results) {
  int64_t first = 0, at;
  for (size_t i = 0; i < results.list->n; i++) {
    Value timing = val_get(results.list->items[i], STR("timing"));
    for (size_t k = 0; val_is_seq(timing) && k < timing.list->n; k++) {
      Value t = val_get(timing.list->items[k], STR("started_at"));
      if (t.kind == VAL_STR && batch_time_parse(val_text(t), &at) && (!first || at < first))
        first = at;
    }
  }
  return first;
}

static int64_t started(Value doc, Value results, double seconds) {
  Value made = val_get(val_get(doc, STR("metadata")), STR("generated_at"));
  int64_t at = first_start(results);
  if (at || made.kind != VAL_STR || !batch_time_parse(val_text(made), &at))
    return at;
  return at - (int64_t)(seconds * 1e6);
}

static void count(HistoryRun *run, Str status) {
  *(history_is_bad(status)                                        ? &run->failed
    : str_is(status, "skipped")                                   ? &run->skipped
    : str_is(status, "warn") || str_is(status, "partial success") ? &run->warned
                                                                  : &run->passed) += 1;
}

static void add_result(Arena *a, HistoryRun *run, Value v) {
  Value failures = val_get(v, STR("failures"));
  Value rows = val_get(val_get(v, STR("adapter_response")), STR("rows_affected"));
  HistoryResult r = {.run = run,
                     .id = text_of(a, v, "unique_id"),
                     .status = text_of(a, v, "status"),
                     .message = text_of(a, v, "message"),
                     .seconds = number_of(val_get(v, STR("execution_time"))),
                     .rows = rows.kind == VAL_INT ? rows.i : -1,
                     .failures = failures.kind == VAL_INT ? failures.i : -1};
  if (!r.id.len)
    return;
  count(run, r.status);
  run->results[run->nresults++] = r;
}

HistoryRun *history_results(Arena *a, Str path, Diags *diags) {
  static const Str names[] = {STR_INIT("run_results.json"), STR_INIT("target/run_results.json")};
  for (size_t i = 0; fs_is_dir(path) && i < COUNT(names); i++)
    if (fs_exists(fs_join(a, path, names[i])) || i + 1 == COUNT(names))
      path = fs_join(a, path, fs_exists(fs_join(a, path, names[i])) ? names[i] : names[0]);
  Source *src = arena_new(a, Source);
  Value doc;
  src->path = path;
  if (!fs_read(a, path, path, &src->text, diags) || !json_read(a, src, &doc, diags))
    return NULL;
  Value results = val_get(doc, STR("results")), meta = val_get(doc, STR("metadata"));
  if (!val_is_seq(results)) {
    Diag *d = diag_error(diags, CODE_STATE_VERSION, path, "it has no list of results");
    diag_hint(diags, d, "a run_results.json is wanted, as `starc build` and dbt write it");
    return NULL;
  }
  HistoryRun *run = arena_new(a, HistoryRun);
  double seconds = number_of(val_get(doc, STR("elapsed_time")));
  *run = (HistoryRun){.invocation_id = text_of(a, meta, "invocation_id"),
                      .command = text_of(a, val_get(doc, STR("args")), "which"),
                      .target = text_of(a, val_get(doc, STR("args")), "target"),
                      .version = text_of(a, meta, "dbt_version"),
                      .started_us = started(doc, results, seconds),
                      .seconds = seconds,
                      .results = arena_array(a, HistoryResult, results.list->n + 1)};
  for (size_t i = 0; i < results.list->n; i++)
    add_result(a, run, results.list->items[i]);
  run->n = run->nresults;
  run->exit_code = run->failed ? 1 : 0;
  return run;
}
