// In: the results of an earlier run, which any program that writes dbt's artifacts may have made.
// Out: members of the page's data. What has another type than dbt gives it is left out.
#include "site_results.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/base/secret.h"

// How much of a message is kept: a database may answer with whole statements.
enum { MOST_MESSAGE = 2000 };

StateIndex *site_results_load(Arena *a, Str dir, Str shown, Diags *diags) {
  StateIndex *s = state_load_outcome(a, dir, shown, diags);
  Value which = s ? val_get(s->args, STR("which")) : val_none();
  if (val_is_str(which, STR("generate")) || val_is_str(which, STR("compile")))
    s->results = (Map){0};
  return s;
}

static void text(Json *j, const char *key, Value v, size_t most) {
  if (!val_is(v, VAL_STR) || !v.len)
    return;
  Str s = val_text(v);
  size_t from, to, cut = s.len < most ? s.len : most;
  if (cut < s.len && secret_across(s, cut, &from, &to))
    cut = from; // half a secret would not be known again
  json_name(j, str_c(key));
  json_str(j, str_sub(s, 0, cut)); // a torn letter becomes U+FFFD
}

static void number(Json *j, const char *key, Value v) {
  if (val_is_number(v))
    json_name(j, str_c(key)), json_value(j, v);
}

// When it ended: the last step that is timed; of what was skipped the run's own start.
static Value moment(const StateIndex *s, Value result) {
  Value timing = val_get(result, STR("timing")), at = val_none();
  for (size_t i = 0; i < val_count(timing); i++) {
    Value done = val_get(timing.list->items[i], STR("completed_at"));
    if (val_is(done, VAL_STR))
      at = done;
  }
  return val_is(at, VAL_STR) ? at : val_text_or_none(s->invocation_started_at);
}

static void outcome_members(Json *j, const StateIndex *s, Value result) {
  text(j, "status", val_get(result, STR("status")), 40);
  text(j, "at", moment(s, result), 40);
  number(j, "seconds", val_get(result, STR("execution_time")));
  number(j, "rows", val_get(val_get(result, STR("adapter_response")), STR("rows_affected")));
  number(j, "failures", val_get(result, STR("failures")));
}

// A result that says how the node ended, when, and how long it took.
static const Value *result_of(const StateIndex *s, Str id) {
  const Value *r = s ? map_get(&s->results, id) : NULL;
  bool whole = r && val_is(val_get(*r, STR("status")), VAL_STR) &&
               val_is_number(val_get(*r, STR("execution_time"))) && val_is(moment(s, *r), VAL_STR);
  return whole ? r : NULL;
}

static void fresh(Json *j, Value age) {
  json_name(j, STR("fresh"));
  json_open_object(j);
  text(j, "status", val_get(age, STR("status")), 40);
  text(j, "loaded", val_get(age, STR("max_loaded_at")), 40);
  text(j, "at", val_get(age, STR("snapshotted_at")), 40);
  text(j, "message", val_get(age, STR("error")), MOST_MESSAGE);
  json_close_object(j);
}

static void count(Json *j, const char *key, int64_t n) {
  if (n >= 0)
    json_name(j, str_c(key)), json_int(j, n);
}

static void kept_members(Json *j, Arena *a, const HistoryResult *r) {
  json_key_str(j, "status", r->status);
  json_key_str(j, "at", artifact_time(a, r->run->started_us));
  json_name(j, STR("seconds"));
  json_float(j, r->seconds);
  count(j, "rows", r->rows);
  count(j, "failures", r->failures);
}

// When the history first saw the node as it is now.
static void changed(Json *j, Arena *a, const HistoryResult *since) {
  if (!since)
    return;
  json_name(j, STR("changed"));
  json_open_object(j);
  json_key_str(j, "at", artifact_time(a, since->run->started_us));
  if (since->run->commit.len)
    json_key_str(j, "commit", since->run->commit);
  json_close_object(j);
}

void site_result_last(Json *j, Arena *a, const SiteResults *s, Str id) {
  const StateIndex *outcome = s->outcome;
  const HistoryResult *kept = s->kept ? history_of(s->kept, id) : NULL;
  const Value *result = kept ? NULL : result_of(outcome, id);
  const Value *age = outcome ? map_get(&outcome->sources, id) : NULL;
  if (kept || result) {
    json_name(j, STR("last"));
    json_open_object(j);
    if (kept)
      kept_members(j, a, kept);
    else
      outcome_members(j, outcome, *result);
    json_close_object(j);
  }
  if (age && val_is(val_get(*age, STR("status")), VAL_STR))
    fresh(j, *age);
  if (kept)
    changed(j, a, history_changed(kept));
}

static void kept_runs(Json *j, Arena *a, const HistoryResult *r) {
  for (; r; r = r->older) {
    json_open_object(j);
    kept_members(j, a, r);
    if (r->message.len)
      json_key_str(j, "message", r->message);
    json_key_str(j, "invocation", r->run->invocation_id);
    json_key_str(j, "command", r->run->command);
    if (r->run->commit.len)
      json_key_str(j, "commit", r->run->commit);
    json_close_object(j);
  }
}

static void outcome_run(Json *j, const StateIndex *outcome, Value result) {
  json_open_object(j);
  outcome_members(j, outcome, result);
  text(j, "message", val_get(result, STR("message")), MOST_MESSAGE);
  json_name(j, STR("invocation"));
  json_str(j, outcome->invocation);
  text(j, "command", val_get(outcome->args, STR("which")), 40);
  json_close_object(j);
}

void site_result_history(Json *j, Arena *a, const SiteResults *s, Str id) {
  const HistoryResult *kept = s->kept ? history_of(s->kept, id) : NULL;
  const Value *result = kept ? NULL : result_of(s->outcome, id);
  if (!kept && !result)
    return;
  json_name(j, STR("history"));
  json_open_array(j);
  if (kept)
    kept_runs(j, a, kept);
  else
    outcome_run(j, s->outcome, *result);
  json_close_array(j);
}
