// In: what happened to nodes. Out: run_results.json (v6), sources.json (v3), freshness.json (v0).

#include "results.h"

#include "../base/fs.h"
#include "../base/secret.h"
#include "../graph/freshness.h"
#include "artifact.h"

static void timing_entry(Json *j, Arena *a, const char *name, int64_t from, int64_t to) {
  if (!from)
    return;
  json_open_object(j);
  json_key_str(j, "name", str_c(name));
  json_key_str(j, "started_at", artifact_time(a, from));
  json_key_str(j, "completed_at", artifact_time(a, to ? to : from));
  json_close_object(j);
}

static void timing(Json *j, Arena *a, const RunResult *r) {
  json_key(j, STR("timing"));
  json_open_array(j);
  timing_entry(j, a, "compile", r->compile_start_us, r->compile_end_us);
  timing_entry(j, a, "execute", r->execute_start_us, r->execute_end_us);
  json_close_array(j);
}

static void text_or_null(Json *j, Arena *a, Str key, Str s) {
  json_key(j, key);
  if (s.len)
    json_str(j, secret_mask(a, s));
  else
    json_null(j);
}

static void dict_or_empty(Json *j, Arena *a, Value v) {
  json_value(j, v.kind == VAL_DICT ? v : val_dict(a));
}

static bool is_ephemeral(const Node *n) {
  return n->kind == NODE_MODEL &&
         val_is_str(val_get(n->config, STR("materialized")), STR("ephemeral"));
}

// Which overloads of a function were made.
static void overload_results(Json *j, Arena *a, const RunResult *r) {
  Value overloads = val_get(r->node->extra, STR("overloads"));
  json_key(j, STR("overload_results"));
  if (r->node->kind != NODE_FUNCTION || r->status != RUN_SUCCESS) {
    json_null(j);
    return;
  }
  json_open_object(j);
  json_key(j, STR("successful"));
  json_open_array(j);
  for (size_t i = 0; val_is_seq(overloads) && i < overloads.list->n; i++)
    json_str(j, val_to_str(a, val_get(overloads.list->items[i], STR("defined_in"))));
  json_close_array(j);
  json_key(j, STR("failed"));
  json_open_array(j);
  json_close_array(j);
  json_close_object(j);
}

static void one_result(Json *j, Arena *a, const RunResult *r, bool newer) {
  json_open_object(j);
  json_key_str(j, "status", run_status_names[r->status]);
  timing(j, a, r);
  json_key_str(j, "thread_id", r->thread.len ? r->thread : STR("MainThread"));
  json_key(j, STR("execution_time"));
  json_float(j, r->seconds);
  json_key(j, STR("adapter_response"));
  dict_or_empty(j, a, r->adapter_response);
  text_or_null(j, a, STR("message"), r->message);
  json_key(j, STR("failures"));
  if (r->failures >= 0)
    json_int(j, r->failures);
  else
    json_null(j);
  json_key_str(j, "unique_id", r->node->id);
  json_key(j, STR("compiled"));
  bool no_answer = r->node->kind == NODE_UNIT_TEST &&
                   (r->status == RUN_SKIPPED || r->status == RUN_ERROR); // as dbt has it
  if (r->node->kind == NODE_SEED || r->node->kind == NODE_EXPOSURE ||
      r->node->kind == NODE_SAVED_QUERY || no_answer)
    json_null(j);
  else
    json_bool(j, r->compiled);
  text_or_null(j, a, STR("compiled_code"), r->compiled_code);
  text_or_null(j, a, STR("relation_name"), r->relation_name);
  json_key(j, STR("batch_results"));
  json_value(j, r->batches.kind == VAL_DICT ? r->batches : val_none());
  if (newer)
    overload_results(j, a, r);
  json_close_object(j);
}

static bool write_results(const Project *p, const Results *r, bool loads, Str path, Diags *diags) {
  Artifact file;
  if (!artifact_open(&file, path, diags))
    return false;
  Json *j = &file.json;
  artifact_metadata(j, p, STR("run-results/v6"));
  json_close_object(j);
  json_key(j, STR("results"));
  json_open_array(j);
  for (size_t i = 0; i < r->n; i++) {
    if (is_ephemeral(r->items[i]->node) || (r->items[i]->node->kind == NODE_LOAD) != loads)
      continue; // compiled, but nothing that has a result; in the other file
    one_result(j, &file.scratch, r->items[i], p->level >= DBT_1_12);
    arena_reset(&file.scratch);
  }
  json_close_array(j);
  json_key(j, STR("elapsed_time"));
  json_float(j, r->elapsed);
  json_key(j, STR("args"));
  dict_or_empty(j, &file.scratch, r->args);
  return artifact_close(&file, true, diags);
}

bool run_results_write(const Project *p, const Results *r, Str path, Diags *diags) {
  return write_results(p, r, false, path, diags);
}

bool load_results_write(const Project *p, const Results *r, Str path, Diags *diags) {
  return write_results(p, r, true, path, diags);
}

// --- sources.json
static const char *freshness_word(RunStatus s) {
  switch (s) {
  case RUN_PASS:
    return "pass";
  case RUN_WARN:
    return "warn";
  case RUN_RUNTIME_ERROR:
    return "runtime error";
  default:
    return "error";
  }
}

static void criteria(Json *j, Arena *a, const Node *n) {
  static const char *const keys[] = {"warn_after", "error_after"};
  FreshnessRules rules;
  freshness_rules(n, &rules);
  Value f = rules.limits;
  json_key(j, STR("criteria"));
  json_open_object(j);
  for (size_t i = 0; i < 2; i++) {
    Value limit = val_get(f, str_c(keys[i]));
    json_key(j, str_c(keys[i]));
    if (limit.kind == VAL_DICT || limit.kind == VAL_NONE) { // none: switched off
      json_value(j, limit);
    } else {
      Value none = val_dict(a);
      dict_sets(a, none.dict, STR("count"), val_none());
      dict_sets(a, none.dict, STR("period"), val_none());
      json_value(j, none);
    }
  }
  Value filter = val_get(f, STR("filter"));
  json_key(j, STR("filter"));
  if (filter.kind == VAL_STR)
    json_value(j, filter);
  else
    json_null(j);
  json_close_object(j);
}

Str artifact_offset_time(Arena *a, int64_t us) {
  Str t = artifact_time(a, us);
  t = str_sub(t, 0, t.len - (t.len ? 1 : 0));
  if (str_ends(t, STR(".000000")))
    t = str_sub(t, 0, t.len - 7);
  return str_cat(a, t, STR("+00:00"));
}

static void one_source(Json *j, Arena *a, const Freshness *f) {
  json_open_object(j);
  json_key_str(j, "unique_id", f->node->id);
  if (f->status == RUN_RUNTIME_ERROR) {
    text_or_null(j, a, STR("error"), f->error);
    json_key_str(j, "status", str_c(freshness_word(f->status)));
    json_close_object(j);
    return;
  }
  json_key_str(j, "max_loaded_at", artifact_offset_time(a, f->loaded.max_loaded_us));
  json_key_str(j, "snapshotted_at", artifact_offset_time(a, f->loaded.snapshotted_us));
  json_key(j, STR("max_loaded_at_time_ago_in_s"));
  json_float(j, f->loaded.age);
  json_key_str(j, "status", str_c(freshness_word(f->status)));
  criteria(j, a, f->node);
  json_key(j, STR("adapter_response"));
  dict_or_empty(j, a, f->adapter_response);
  json_key(j, STR("timing"));
  json_open_array(j);
  timing_entry(j, a, "compile", f->start_us, f->start_us);
  timing_entry(j, a, "execute", f->start_us, f->end_us);
  json_close_array(j);
  json_key_str(j, "thread_id", f->thread);
  json_key(j, STR("execution_time"));
  json_float(j, f->seconds);
  json_close_object(j);
}

static void freshness_end(Json *j, double elapsed) {
  json_close_array(j);
  json_key(j, STR("elapsed_time"));
  json_float(j, elapsed);
}

bool sources_write(const Project *p, const Freshness *items, size_t n, double elapsed, Str path,
                   Diags *diags) {
  Artifact file;
  if (!artifact_open(&file, path, diags))
    return false;
  Json *j = &file.json;
  artifact_metadata(j, p, STR("sources/v3"));
  json_close_object(j);
  json_key(j, STR("results"));
  json_open_array(j);
  for (size_t i = 0; i < n; i++) {
    if (items[i].node->kind == NODE_SOURCE)
      one_source(j, &file.scratch, &items[i]);
    arena_reset(&file.scratch);
  }
  freshness_end(j, elapsed);
  return artifact_close(&file, true, diags);
}

// --- freshness.json

static Value or_none(Value v) { return v.kind == VAL_UNDEF ? val_none() : v; }

// What is not said is left out, but the limits.
static void whole_criteria(Json *j, const Node *n) {
  static const char *const keys[] = {"warn_after", "error_after"};
  FreshnessRules rules;
  freshness_rules(n, &rules);
  json_key(j, STR("criteria"));
  json_open_object(j);
  for (size_t i = 0; i < 2; i++) {
    Value limit = val_get(rules.limits, str_c(keys[i]));
    json_key(j, str_c(keys[i]));
    json_open_object(j);
    json_key(j, STR("count"));
    json_value(j, or_none(val_get(limit, STR("count"))));
    json_key(j, STR("period"));
    json_value(j, or_none(val_get(limit, STR("period"))));
    json_close_object(j);
  }
  if (rules.filter.len)
    json_key_str(j, "filter", rules.filter);
  if (rules.loaded_at_field.len)
    json_key_str(j, "loaded_at_field", rules.loaded_at_field);
  if (rules.loaded_at_query.len)
    json_key_str(j, "loaded_at_query", rules.loaded_at_query);
  json_close_object(j);
}

// All of its values are texts.
static void text_response(Json *j, Arena *a, Value response) {
  json_key(j, STR("adapter_response"));
  json_open_object(j);
  size_t at = 0;
  for (DictEntry *e; response.kind == VAL_DICT && (e = dict_next(response.dict, &at));) {
    json_key(j, val_to_str(a, e->key));
    json_value(j, val_str(val_to_str(a, e->value)));
  }
  json_close_object(j);
}

static void one_age(Json *j, Arena *a, const Freshness *f) {
  json_open_object(j);
  json_key_str(j, "unique_id", f->node->id);
  json_key_str(j, "resource_type", node_kind_names[f->node->kind]);
  json_key_str(j, "max_loaded_at", artifact_time(a, f->loaded.max_loaded_us));
  json_key_str(j, "snapshotted_at", artifact_time(a, f->loaded.snapshotted_us));
  json_key(j, STR("max_loaded_at_time_ago_in_s"));
  json_float(j, f->loaded.age);
  json_key_str(j, "status",
               f->status == RUN_PASS   ? STR("Pass")
               : f->status == RUN_WARN ? STR("Warn")
                                       : STR("Error"));
  whole_criteria(j, f->node);
  text_response(j, a, f->adapter_response);
  json_key(j, STR("timing"));
  json_open_array(j);
  timing_entry(j, a, "compile", f->start_us, f->start_us);
  timing_entry(j, a, "execute", f->start_us, f->end_us);
  json_close_array(j);
  json_key_str(j, "thread_id", f->thread);
  json_key(j, STR("execution_time"));
  json_float(j, f->seconds);
  json_close_object(j);
}

bool freshness_write(const Project *p, const Freshness *items, size_t n, double elapsed, Str path,
                     Diags *diags) {
  Artifact file;
  if (!artifact_open(&file, path, diags))
    return false;
  Json *j = &file.json;
  artifact_metadata(j, p, STR("freshness/v0"));
  json_close_object(j);
  json_key(j, STR("results"));
  json_open_array(j);
  for (size_t i = 0; i < n; i++) {
    if (items[i].status != RUN_RUNTIME_ERROR)
      one_age(j, &file.scratch, &items[i]);
    arena_reset(&file.scratch);
  }
  freshness_end(j, elapsed);
  return artifact_close(&file, true, diags);
}
