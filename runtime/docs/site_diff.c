// In: two manifests' nodes, catalogs and lineages. Out: which nodes are new, other or gone, what of
// them, and what it was. Columns are compared as the queries have them on both sides (lineage),
// else as the database has them, else as YAML describes them.
#include "site_diff.h"

#include "../../compiler/artifacts/artifact.h"
#include "../../compiler/graph/manifest_node.h"

// Behind the parts of state.h.
enum { COLUMNS = 1 << STATE_PARTS, TESTS = 1 << (STATE_PARTS + 1), WORDS = STATE_PARTS + 2 };
static const Str words[WORDS] = {
    STR_INIT("sql"),        STR_INIT("config"),   STR_INIT("relation"),
    STR_INIT("macros"),     STR_INIT("contract"), STR_INIT("description"),
    STR_INIT("definition"), STR_INIT("columns"),  STR_INIT("tests"),
};

typedef struct Change {
  StateChange of;
  unsigned parts;   // of.parts, COLUMNS and TESTS
  Value columns;    // those that are new, other or gone: dicts of name, how, was, is
  const char *from; // "lineage", "database" or "files": where those are from
} Change;

struct SiteDiff {
  const Graph *graph;
  const SiteThen *then;
  Change *changes; // by Node.index
  const Value **gone;
  size_t ngone;
  Map other_macros; // ids of macros -> "added" or "changed"
};

// --- columns

// The columns of a node somewhere, name -> type (none: not known).
static Value column_types(Arena *a, Value columns, const char *type) {
  Value out = val_dict(a);
  size_t at = 0;
  for (size_t i = 0; i < val_count(columns); i++) {
    Value name = val_get(columns.list->items[i], STR("name"));
    if (val_is(name, VAL_STR))
      dict_set(a, out.dict, name, val_get(columns.list->items[i], str_c(type)));
  }
  for (DictEntry *e; val_is(columns, VAL_DICT) && (e = dict_next(columns.dict, &at));)
    if (val_is(e->key, VAL_STR))
      dict_set(a, out.dict, e->key, val_get(e->value, str_c(type)));
  return out;
}

static Value catalog_columns(Arena *a, Value catalog, const Node *n) {
  Str part = n->kind == NODE_SOURCE ? STR("sources") : STR("nodes");
  return column_types(a, val_get(val_get(val_get(catalog, part), n->id), STR("columns")), "type");
}
static Value lineage_columns(Arena *a, Value lineage, const Node *n) {
  return column_types(a, val_get(val_get(lineage, n->id), STR("columns")), "type");
}

// Both sides from the best place that knows both. *from: its word.
static void both_columns(Arena *a, const SiteDiff *d, const Node *n, Value old, Value now,
                         Value *was, Value *is, const char **from) {
  const SiteThen *t = d->then;
  *from = "lineage";
  *was = lineage_columns(a, t->lineage, n), *is = lineage_columns(a, t->lineage_now, n);
  if (was->dict->n && is->dict->n)
    return;
  *from = "database";
  *was = catalog_columns(a, t->catalog, n), *is = catalog_columns(a, t->catalog_now, n);
  if (was->dict->n && is->dict->n)
    return;
  *from = "files";
  *was = column_types(a, val_get(old, STR("columns")), "data_type");
  *is = column_types(a, val_get(now, STR("columns")), "data_type");
}

static const Value *column_named(const Dict *of, Str name) {
  size_t at = 0;
  const Value *same = dict_gets(of, name);
  for (DictEntry *e; !same && (e = dict_next(of, &at));)
    if (str_eq_nocase(val_text(e->key), name))
      same = &e->value;
  return same;
}

static void add_column(Arena *a, Value *out, Str name, const char *how, Value was, Value is) {
  Value row = val_dict(a);
  dict_sets(a, row.dict, STR("name"), val_str(name));
  dict_sets(a, row.dict, STR("how"), val_str(str_c(how)));
  if (val_is(was, VAL_STR))
    dict_sets(a, row.dict, STR("was"), was);
  if (val_is(is, VAL_STR))
    dict_sets(a, row.dict, STR("is"), is);
  list_push(a, out->list, row);
}

// In the order of now, those that are gone behind.
static Value other_columns(Arena *a, const SiteDiff *d, Value was, Value is) {
  Value out = val_list(a, 4);
  Value then = val_get(d->then->state->metadata, STR("adapter_type"));
  bool types = val_is_str(then, d->then->type);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(is.dict, &at));) {
    const Value *old = column_named(was.dict, val_text(e->key));
    if (!old)
      add_column(a, &out, val_text(e->key), "added", val_none(), e->value);
    else if (types && val_is(*old, VAL_STR) && val_is(e->value, VAL_STR) &&
             !str_eq_nocase(val_text(*old), val_text(e->value)))
      add_column(a, &out, val_text(e->key), "changed", *old, e->value);
  }
  at = 0;
  for (DictEntry *e; (e = dict_next(was.dict, &at));)
    if (!column_named(is.dict, val_text(e->key)))
      add_column(a, &out, val_text(e->key), "removed", e->value, val_none());
  return out;
}

static void compare_columns(Arena *a, Arena *scratch, const SiteDiff *d, const Node *n, Change *c) {
  const Value *old = site_diff_old(d, n->id);
  Value was, is;
  if (!old)
    return;
  both_columns(scratch, d, n, *old, node_value(scratch, d->graph, n), &was, &is, &c->from);
  Value rows = other_columns(scratch, d, was, is);
  if (rows.list->n) {
    c->columns = val_copy(a, rows, true);
    c->parts |= COLUMNS;
  }
}

// --- tests

static void other_tests(SiteDiff *d, const Node *n) {
  if (n)
    d->changes[n->index].parts |= TESTS;
}

// What a test stands at, as the page has it: what YAML hangs it on, else all that it reads.
static void mark_tested(SiteDiff *d, const Node *n) {
  const Node *at =
      n->test ? n->test->attached ? n->test->attached : n->test->on_source : n->unit->tested;
  if (at)
    other_tests(d, at);
  else
    for (size_t i = 0; i < n->nneeds; i++)
      other_tests(d, n->needs[i]);
}

static void mark_tested_then(SiteDiff *d, Value test) {
  Value at = val_get(test, STR("attached_node"));
  Value needs = val_get(val_get(test, STR("depends_on")), STR("nodes"));
  if (val_is(at, VAL_STR)) {
    other_tests(d, map_get(&d->graph->by_id, val_text(at)));
    return;
  }
  for (size_t i = 0; i < val_count(needs); i++)
    if (val_is(needs.list->items[i], VAL_STR))
      other_tests(d, map_get(&d->graph->by_id, val_text(needs.list->items[i])));
}

// --- everything

static bool is_test(Value old) {
  Value kind = val_get(old, STR("resource_type"));
  return val_is_str(kind, STR("test")) || val_is_str(kind, STR("unit_test"));
}

// Hooks are no nodes of the page.
static bool is_shown_kind(Value old) {
  Value kind = val_get(old, STR("resource_type"));
  for (size_t i = 0; i < NODE_KINDS; i++)
    if (val_is_str(kind, node_kind_names[i]))
      return i != NODE_OPERATION;
  return false;
}

static void find_gone(SiteDiff *d, Arena *a) {
  const StateIndex *s = d->then->state;
  Map packages = {0}, macros = {0};
  d->gone = arena_array(a, const Value *, s->nodes.n + s->macros.n + 1);
  for (size_t i = 0; i < s->nodes.n; i++) {
    const Value *old = s->nodes.entries[i].value;
    if (map_get(&d->graph->by_id, s->nodes.entries[i].key) || !is_shown_kind(*old))
      continue;
    d->gone[d->ngone++] = old;
    if (is_test(*old))
      mark_tested_then(d, *old);
  }
  for (size_t i = 0; i < d->graph->nmacros; i++) {
    map_add(a, &macros, d->graph->macros[i]->id);
    if (!d->graph->macros[i]->package->is_internal)
      map_add(a, &packages, d->graph->macros[i]->package->name);
  }
  map_add(a, &packages, d->graph->project->packages[0]->name);
  for (size_t i = 0; i < s->macros.n; i++) {
    const Value *old = s->macros.entries[i].value;
    Value package = val_get(*old, STR("package_name"));
    if (!map_get(&macros, s->macros.entries[i].key) && val_is(package, VAL_STR) &&
        map_get(&packages, val_text(package)))
      d->gone[d->ngone++] = old;
  }
}

static void compare_macros(SiteDiff *d, Arena *a, Arena *scratch) {
  static const char *const how[] = {"added", "changed"};
  for (size_t i = 0; i < d->graph->nmacros; i++) {
    const MacroEntry *m = d->graph->macros[i];
    if (state_same_macro(d->then->state, scratch, m))
      continue;
    bool known = map_get(&d->then->state->macros, m->id);
    map_put(a, &d->other_macros, m->id, (void *)(uintptr_t)how[known]);
  }
}

SiteDiff *site_diff(Arena *a, const Graph *g, const SiteThen *then) {
  SiteDiff *d = arena_new(a, SiteDiff);
  Arena scratch = {0};
  *d = (SiteDiff){.graph = g, .then = then, .changes = arena_array(a, Change, g->nnodes + 1)};
  for (size_t i = 0; i < g->nnodes; i++) {
    const Node *n = g->nodes[i];
    Change *c = &d->changes[n->index];
    if (n->kind == NODE_OPERATION)
      continue;
    c->of = state_change(then->state, &scratch, g, n);
    c->of.breaks = str_dup(a, c->of.breaks);
    c->parts |= c->of.parts;
    compare_columns(a, &scratch, d, n, c);
    if ((n->test || n->unit) && (c->of.is_new || c->parts))
      mark_tested(d, n);
    arena_reset(&scratch);
  }
  compare_macros(d, a, &scratch);
  find_gone(d, a);
  arena_free(&scratch);
  return d;
}

const char *site_diff_how(const SiteDiff *d, const Node *n) {
  const Change *c = &d->changes[n->index];
  return c->of.is_new ? "added" : c->parts ? "changed" : NULL;
}

static Str word_of(const Node *n, size_t i) {
  return n->kind == NODE_SEED && !i ? STR("data") : words[i];
}

Str site_diff_what(Arena *a, const SiteDiff *d, const Node *n) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < WORDS; i++)
    if (d->changes[n->index].parts >> i & 1)
      buf_addf(&b, "%s%.*s", b.len ? ", " : "", STR_ARG(word_of(n, i)));
  return buf_str(&b);
}

const Value *site_diff_old(const SiteDiff *d, Str id) {
  return map_get(&d->then->state->nodes, id);
}

size_t site_diff_gone(const SiteDiff *d, const Value *const **gone) {
  *gone = d->gone;
  return d->ngone;
}

Value site_diff_gone_catalog(const SiteDiff *d, Value gone) {
  bool source = val_is_str(val_get(gone, STR("resource_type")), STR("source"));
  Value id = val_get(gone, STR("unique_id"));
  Value part = val_get(d->then->catalog, source ? STR("sources") : STR("nodes"));
  return val_is(id, VAL_STR) ? val_get(part, val_text(id)) : val_undef(NULL);
}

// --- the page's data

static void text(Json *j, const char *key, Value v) {
  if (val_is(v, VAL_STR) && v.len)
    json_name(j, str_c(key)), json_value(j, v);
}

void site_diff_against(Json *j, const SiteDiff *d) {
  json_name(j, STR("against"));
  json_open_object(j);
  json_key_str(j, "state", d->then->state->shown);
  text(j, "made", val_get(d->then->state->metadata, STR("generated_at")));
  json_close_object(j);
}

void site_diff_node(Json *j, const SiteDiff *d, const Node *n) {
  const Change *c = &d->changes[n->index];
  const char *how = site_diff_how(d, n);
  if (!how)
    return;
  json_name(j, STR("diff"));
  json_open_object(j);
  json_key_str(j, "how", str_c(how));
  if (c->of.modified)
    json_name(j, STR("modified")), json_bool(j, true);
  text(j, "breaks", val_str(c->of.breaks));
  if (c->parts && !c->of.is_new) {
    json_name(j, STR("what"));
    json_open_array(j);
    for (size_t i = 0; i < WORDS; i++)
      if (c->parts >> i & 1)
        json_str(j, word_of(n, i));
    json_close_array(j);
  }
  json_close_object(j);
}

void site_diff_macro(Json *j, const SiteDiff *d, const MacroEntry *m) {
  const char *how = map_get(&d->other_macros, m->id);
  if (!how)
    return;
  json_name(j, STR("diff"));
  json_open_object(j);
  json_key_str(j, "how", str_c(how));
  if (*how == 'c') {
    json_name(j, STR("what"));
    json_open_array(j);
    json_str(j, STR("sql"));
    json_close_array(j);
  }
  json_close_object(j);
}

void site_diff_before(Json *j, Arena *scratch, const SiteDiff *d, const Node *n, bool light) {
  const Change *c = &d->changes[n->index];
  const Value *old = site_diff_old(d, n->id);
  if (!old || !c->parts)
    return;
  json_name(j, STR("before"));
  json_open_object(j);
  if (!light && n->kind != NODE_SEED) {
    text(j, "raw_code", val_get(*old, STR("raw_code")));
    text(j, "compiled_code", val_get(*old, STR("compiled_code")));
  }
  if (c->parts & STATE_DESCRIPTION) {
    text(j, "description", val_get(*old, STR("description")));
    json_name(j, STR("described")); // columns' descriptions as they were
    json_open_object(j);
    Value columns = val_get(*old, STR("columns"));
    size_t at = 0;
    for (DictEntry *e; val_is(columns, VAL_DICT) && (e = dict_next(columns.dict, &at));)
      if (val_is(val_get(e->value, STR("description")), VAL_STR)) {
        json_value_key(j, e->key);
        json_value(j, val_get(e->value, STR("description")));
      }
    json_close_object(j);
  }
  if (c->parts & STATE_MACROS) {
    json_name(j, STR("macros"));
    json_open_array(j);
    for (size_t i = 0; i < n->nmacro_ids; i++)
      if (map_get(&d->then->state->changed_macros, n->macro_ids[i]))
        json_str(j, n->macro_ids[i]);
    json_close_array(j);
  }
  if (c->parts & STATE_CONFIG) {
    json_name(j, STR("config"));
    json_value(j, state_config_changes(scratch, n, *old, node_value(scratch, d->graph, n)));
  }
  if (c->parts & STATE_OTHER) {
    json_name(j, STR("definition"));
    json_value(j, state_definition_changes(scratch, n, *old, node_value(scratch, d->graph, n)));
  }
  if (c->parts & COLUMNS) {
    json_name(j, STR("columns"));
    json_value(j, c->columns);
    json_key_str(j, "from", str_c(c->from));
  }
  json_close_object(j);
}

void site_diff_macro_before(Json *j, const SiteDiff *d, const MacroEntry *m, bool light) {
  const Value *old = map_get(&d->then->state->macros, m->id);
  if (!old || !map_get(&d->other_macros, m->id))
    return;
  json_name(j, STR("before"));
  json_open_object(j);
  if (!light)
    text(j, "raw_code", val_get(*old, STR("macro_sql")));
  json_close_object(j);
}
