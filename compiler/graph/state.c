// In: the folder of an earlier run. Out: its manifest, results and freshness, by unique id. What
// is new or different is state_compare.c's.
#include "state.h"

#include "../base/fs.h"
#include "../value/json.h"

// The versions of each artifact that can be read.
typedef struct Artifact {
  Str file, name;
  int least, most;
} Artifact;
static const Artifact manifest = {STR_INIT("manifest.json"), STR_INIT("manifest"), 4, 12};
static const Artifact of_loads = {STR_INIT("load_results.json"), STR_INIT("run-results"), 4, 6};
static const Artifact run_results = {STR_INIT("run_results.json"), STR_INIT("run-results"), 4, 6};
static const Artifact freshness = {STR_INIT("sources.json"), STR_INIT("sources"), 3, 3};
static const Artifact catalog = {STR_INIT("catalog.json"), STR_INIT("catalog"), 1, 1};

// "https://.../dbt/manifest/v12.json" -> 12; -1: it is not this artifact.
static int version_of(Str schema, Str name) {
  ptrdiff_t slash = str_rfind(schema, STR("/"));
  if (slash < 0 || !str_ends(str_sub(schema, 0, (size_t)slash), name))
    return -1;
  Str rest = str_sub(schema, (size_t)slash + 1, schema.len);
  if (!str_starts(rest, STR("v")) || !str_ends(rest, STR(".json")))
    return -1;
  int n = 0;
  for (size_t i = 1; i < rest.len - 5; i++) {
    if (rest.ptr[i] < '0' || rest.ptr[i] > '9' || n > 9999)
      return -1;
    n = n * 10 + (rest.ptr[i] - '0');
  }
  return n;
}

static bool check_version(const Artifact *k, const Source *src, Value v, Diags *diags) {
  Value schema = val_get(val_get(v, STR("metadata")), STR("dbt_schema_version"));
  int n = val_is(schema, VAL_STR) ? version_of(val_text(schema), k->name) : -1;
  Diag *d;
  if (n < 0) {
    d = diag_error(diags, CODE_STATE_VERSION, src->path,
                   "this is not a %.*s: its metadata names %s", STR_ARG(k->file),
                   val_is(schema, VAL_STR) ? "another artifact" : "no version");
    diag_hint(diags, d, "give the folder with the artifacts of an earlier run");
    return false;
  }
  if (n >= k->least && n <= k->most)
    return true;
  d = diag_error(diags, CODE_STATE_VERSION, src->path,
                 "this file has version %d, and starc reads %d to %d", n, k->least, k->most);
  if (n > k->most)
    diag_hint(diags, d,
              "a newer program wrote it: use one as new here, or make it again with "
              "this one");
  else
    diag_hint(diags, d, "make it again with this program, or with dbt 1.11");
  return false;
}

// *found is false when there is no such file, which is no error.
static bool read_artifact(Arena *a, const Artifact *k, Str dir, Str shown, Value *out, bool *found,
                          Diags *diags) {
  Str path = fs_join(a, dir, k->file);
  *found = fs_exists(path);
  if (!*found)
    return true;
  Source *src = arena_new(a, Source);
  src->path = fs_join(a, shown, k->file);
  if (!fs_read(a, path, src->path, &src->text, diags))
    return false;
  if (!json_read(a, src, out, diags)) {
    diag_hint(diags, diags->last,
              "the run that wrote it was stopped, or it was copied in part: "
              "make it again");
    return false;
  }
  return check_version(k, src, *out, diags);
}

static void index_dict(Arena *a, Map *m, Value dict) {
  if (!val_is(dict, VAL_DICT))
    return;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(dict.dict, &at));)
    if (val_is(e->key, VAL_STR) && val_is(e->value, VAL_DICT))
      map_put(a, m, val_text(e->key), &e->value);
}

static void index_results(Arena *a, Map *m, Value results) {
  for (size_t i = 0; val_is_seq(results) && i < results.list->n; i++) {
    Value id = val_get(results.list->items[i], STR("unique_id"));
    if (val_is(id, VAL_STR))
      map_put(a, m, val_text(id), &results.list->items[i]);
  }
}

static StateIndex *state_new(Arena *a, Str dir, Str shown) {
  StateIndex *s = arena_new(a, StateIndex);
  s->shown = shown;
  s->has_folder = fs_is_dir(dir);
  s->args = s->metadata = val_undef(NULL);
  return s;
}

static bool load_manifest(StateIndex *s, Arena *a, Str dir, Diags *diags) {
  static const Str parts[] = {
      STR_INIT("nodes"),     STR_INIT("sources"),         STR_INIT("exposures"),
      STR_INIT("metrics"),   STR_INIT("saved_queries"),   STR_INIT("unit_tests"),
      STR_INIT("functions"), STR_INIT("semantic_models"),
  };
  Value v;
  if (!read_artifact(a, &manifest, dir, s->shown, &v, &s->has_manifest, diags))
    return false;
  for (size_t i = 0; s->has_manifest && i < COUNT(parts); i++)
    index_dict(a, &s->nodes, val_get(v, parts[i]));
  if (s->has_manifest) {
    index_dict(a, &s->macros, val_get(v, STR("macros")));
    s->metadata = val_get(v, STR("metadata"));
  }
  return true;
}

// Those of the same run's loads, which have a file of their own.
static bool load_load_results(StateIndex *s, Arena *a, Str dir, Value invocation, Diags *diags) {
  Value v;
  bool found;
  if (!read_artifact(a, &of_loads, dir, s->shown, &v, &found, diags))
    return false;
  if (found && val_eq(val_get(val_get(v, STR("metadata")), STR("invocation_id")), invocation))
    index_results(a, &s->results, val_get(v, STR("results")));
  return true;
}

static bool load_results(StateIndex *s, Arena *a, Str dir, Diags *diags) {
  Value v;
  if (!read_artifact(a, &run_results, dir, s->shown, &v, &s->has_results, diags))
    return false;
  if (!s->has_results)
    return true;
  index_results(a, &s->results, val_get(v, STR("results")));
  s->args = val_get(v, STR("args"));
  Value metadata = val_get(v, STR("metadata"));
  Value started = val_get(metadata, STR("invocation_started_at"));
  if (val_is(started, VAL_STR))
    s->invocation_started_at = val_text(started);
  Value invocation = val_get(metadata, STR("invocation_id"));
  if (val_is(invocation, VAL_STR))
    s->invocation = val_text(invocation);
  return load_load_results(s, a, dir, invocation, diags);
}

static bool load_freshness(Map *m, bool *found, Arena *a, Str dir, Str shown, Diags *diags) {
  Value v;
  if (!read_artifact(a, &freshness, dir, shown, &v, found, diags))
    return false;
  if (*found)
    index_results(a, m, val_get(v, STR("results")));
  return true;
}

StateIndex *state_load(Arena *a, Str dir, Str shown, Str current, Diags *diags) {
  StateIndex *s = state_new(a, dir, shown);
  bool good =
      load_manifest(s, a, dir, diags) && load_results(s, a, dir, diags) &&
      load_freshness(&s->sources, &s->has_sources, a, dir, shown, diags) &&
      (!current.len || load_freshness(&s->current, &s->has_current, a, current, current, diags));
  return good ? s : NULL;
}

StateIndex *state_load_results(Arena *a, Str dir, Str shown, Diags *diags) {
  StateIndex *s = state_new(a, dir, shown);
  return load_results(s, a, dir, diags) ? s : NULL;
}

StateIndex *state_load_outcome(Arena *a, Str dir, Str shown, Diags *diags) {
  StateIndex *s = state_load_results(a, dir, shown, diags);
  return s && load_freshness(&s->sources, &s->has_sources, a, dir, shown, diags) ? s : NULL;
}

bool state_load_catalog(Arena *a, Str dir, Str shown, Value *whole, Diags *diags) {
  bool found;
  *whole = val_undef(NULL);
  return read_artifact(a, &catalog, dir, shown, whole, &found, diags);
}

void state_missing(const StateIndex *s, Diags *diags, const char *what, const char *file) {
  Diag *d;
  if (!s) {
    d = diag_error(diags, CODE_STATE_MISSING, STR(""), "%s needs the artifacts of an earlier run",
                   what);
    diag_hint(diags, d, "add --state and the folder with its %s", file);
    return;
  }
  if (!s->has_folder)
    d = diag_error(diags, CODE_STATE_MISSING, STR("--state"),
                   "there is no folder '%.*s', and %s needs its %s", STR_ARG(s->shown), what, file);
  else
    d = diag_error(diags, CODE_STATE_MISSING, STR("--state"),
                   "the folder '%.*s' has no %s, which %s needs", STR_ARG(s->shown), file, what);
  diag_hint(diags, d, "copy the target folder of an earlier run there");
}
