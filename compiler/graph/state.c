// In: an earlier manifest and its results. Out: what is new or different now. Leaves finding the
// folder to the cli and writing manifests to artifacts/.
#include "state.h"

#include "../base/fs.h"
#include "../base/json.h"

static bool read_json(Arena *a, Str dir, Str name, Value *out, Diags *diags) {
  Source *src = arena_new(a, Source);
  src->path = fs_join(a, dir, name);
  return fs_read(a, src->path, src->path, &src->text, diags) && json_read(a, src, out, diags);
}

static void index_dict(Arena *a, Map *m, Value dict) {
  if (!val_is(dict, VAL_DICT))
    return;
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(dict.dict, &at));)
    if (val_is(e->key, VAL_STR))
      map_put(a, m, val_text(e->key), &e->value);
}

static void index_results(Arena *a, StateIndex *s, Value results) {
  if (!val_is(results, VAL_LIST))
    return;
  for (size_t i = 0; i < results.list->n; i++) {
    Value id = val_get(results.list->items[i], STR("unique_id"));
    if (val_is(id, VAL_STR))
      map_put(a, &s->results, val_text(id), &results.list->items[i]);
  }
}

StateIndex *state_load(Arena *a, Str dir, Diags *diags) {
  static const Str parts[] = {
      STR_INIT("nodes"),           STR_INIT("sources"),       STR_INIT("exposures"),
      STR_INIT("metrics"),         STR_INIT("saved_queries"), STR_INIT("unit_tests"),
      STR_INIT("semantic_models"),
  };
  Value v;
  if (!read_json(a, dir, STR("manifest.json"), &v, diags))
    return NULL;
  StateIndex *s = arena_new(a, StateIndex);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    index_dict(a, &s->nodes, val_get(v, parts[i]));
  index_dict(a, &s->macros, val_get(v, STR("macros")));
  if (fs_exists(fs_join(a, dir, STR("run_results.json")))) {
    if (!read_json(a, dir, STR("run_results.json"), &v, diags))
      return NULL;
    s->has_results = true;
    index_results(a, s, val_get(v, STR("results")));
  }
  return s;
}

static bool same_text(Value old, Str now) {
  return val_is(old, VAL_STR) ? str_eq(val_text(old), now) : now.len == 0;
}

static bool same_body(const Node *n, Value old) {
  if (n->checksum.len)
    return same_text(val_get(val_get(old, STR("checksum")), STR("checksum")), n->checksum);
  return same_text(val_get(old, STR("raw_code")), n->raw_code);
}

static bool same_config(const Node *n, Value old) {
  Value was = val_get(old, STR("unrendered_config")), is = n->unrendered_config;
  bool empty = !val_is(was, VAL_DICT) || was.dict->n == 0;
  if (!val_is(is, VAL_DICT) || is.dict->n == 0)
    return empty;
  return val_eq(was, is);
}

static bool same_relation(const Node *n, Value old) {
  return same_text(val_get(old, STR("database")), n->database) &&
         same_text(val_get(old, STR("schema")), n->schema) &&
         (n->kind == NODE_SOURCE || same_text(val_get(old, STR("alias")), n->alias));
}

static bool same_macros(const StateIndex *s, const Graph *g, const Node *n) {
  (void)g;
  for (size_t i = 0; i < n->nmacro_ids; i++)
    if (!map_get(&s->macros, n->macro_ids[i]))
      return false;
  return true;
}

static bool is_new(const StateIndex *s, const Graph *g, const Node *n, Value *old) {
  (void)s, (void)g, (void)n;
  return !old;
}
static bool is_old(const StateIndex *s, const Graph *g, const Node *n, Value *old) {
  return !is_new(s, g, n, old);
}
static bool body(const StateIndex *s, const Graph *g, const Node *n, Value *old) {
  (void)s, (void)g;
  return !old || !same_body(n, *old);
}
static bool configs(const StateIndex *s, const Graph *g, const Node *n, Value *old) {
  (void)s, (void)g;
  return !old || !same_config(n, *old);
}
static bool relation(const StateIndex *s, const Graph *g, const Node *n, Value *old) {
  (void)s, (void)g;
  return !old || !same_relation(n, *old);
}
static bool modified(const StateIndex *s, const Graph *g, const Node *n, Value *old) {
  return body(s, g, n, old) || configs(s, g, n, old) || relation(s, g, n, old) ||
         !same_macros(s, g, n);
}
static bool unmodified(const StateIndex *s, const Graph *g, const Node *n, Value *old) {
  return !modified(s, g, n, old);
}

const Str state_words[] = {
    STR_INIT("new"),
    STR_INIT("old"),
    STR_INIT("modified"),
    STR_INIT("unmodified"),
    STR_INIT("modified.body"),
    STR_INIT("modified.configs"),
    STR_INIT("modified.relation"),
};
const size_t state_nwords = sizeof state_words / sizeof *state_words;

// In the order of state_words.
static bool (*const checks[])(const StateIndex *, const Graph *, const Node *, Value *) = {
    is_new, is_old, modified, unmodified, body, configs, relation,
};

bool state_matches(const StateIndex *s, const Graph *g, const Node *n, Str what, bool *known) {
  for (size_t i = 0; i < state_nwords; i++)
    if (str_eq(state_words[i], what)) {
      *known = true;
      return checks[i](s, g, n, map_get(&s->nodes, n->id));
    }
  *known = false;
  return false;
}
