// See listing.h.
#include "listing.h"

#include "../../compiler/base/vec.h"
#include "../../compiler/dialect/load_source.h"
#include "../../compiler/graph/load_node.h"
#include "../../compiler/project/globals.h"
#include "../engine/engine.h"

// --- what was known

static bool is_of(Value entry, const LoadListing *of) {
  Value load = val_get(entry, STR("load")), package = val_get(entry, STR("package_name"));
  return val_is_str(load, of->name) && val_is_str(package, of->package->name) &&
         val_truth(val_get(entry, STR("listed")));
}

static size_t add_kept(Arena *a, const LoadLists *l, const LoadListing *of, Value *names) {
  size_t at = 0, n = 0;
  for (DictEntry *e; l->kept.kind == VAL_DICT && (e = dict_next(l->kept.dict, &at));)
    if (is_of(e->value, of)) {
      list_push(a, names->list, val_get(e->value, STR("table")));
      n++;
    }
  return n;
}

static bool from_kept(const LoadLists *l, Arena *a, const LoadListing *of, Value *names,
                      Diags *diags) {
  if (add_kept(a, l, of, names))
    return true;
  Diag *d = diag_at(diags, SEV_NOTE, CODE_LOAD_TABLES, of->at->src, of->at->span,
                    "which tables '%.*s' has is not known yet", STR_ARG(of->name));
  diag_hint(diags, d, "`starc load` asks its source, and keeps the answer in target/loads.json");
  return true;
}

static bool is_there(Value names, Str name) {
  for (size_t i = 0; i < names.list->n; i++)
    if (val_is_str(names.list->items[i], name))
      return true;
  return false;
}

static void tell_gone(Arena *a, const LoadLists *l, const LoadListing *of, Value names,
                      Diags *diags) {
  Value before = val_list(a, 0);
  add_kept(a, l, of, &before);
  Buf gone = {.arena = a};
  size_t n = 0;
  for (size_t i = 0; i < before.list->n; i++)
    if (!is_there(names, val_text(before.list->items[i])))
      buf_add_listed(&gone, n++, val_text(before.list->items[i]));
  if (!n)
    return;
  buf_add_more(&gone, n);
  Diag *d =
      diag_at(diags, SEV_WARNING, CODE_LOAD_TABLES, of->at->src, of->at->span,
              "the source of '%.*s' has %.*s no more", STR_ARG(of->name), STR_ARG(buf_str(&gone)));
  diag_hint(diags, d, "what was loaded of it stays as it was");
}

// --- asking

typedef struct Answer {
  Arena *a;
  Value *names;
} Answer;

static bool take(void *data, const Cell *cells, size_t n) {
  Answer *to = data;
  if (n && !load_is_own_table(cells[0].text))
    list_push(to->a, to->names->list, val_str(str_dup(to->a, cells[0].text)));
  return true;
}

static bool failed(Arena *a, const LoadListing *of, const DbError *e, Diags *diags) {
  Str said = e->brief.len ? e->brief : e->message;
  Code code = e->unconnected ? CODE_CONNECTION_FAILED : db_error_code(e);
  Diag *d =
      diag_at(diags, SEV_ERROR, code, of->from->key->src, of->from->key->span,
              "the tables of '%.*s' cannot be listed: %.*s", STR_ARG(of->name), STR_ARG(said));
  Str hint = e->hint;
  ptrdiff_t at = str_find(hint, STR("profiles.yml"), 0);
  if (at >= 0)
    hint = str_fmt(a, "%.*s`from:`%.*s", (int)at, hint.ptr,
                   STR_ARG(str_sub(hint, (size_t)at + strlen("profiles.yml"), hint.len)));
  if (hint.len)
    diag_hint(diags, d, "%.*s", STR_ARG(hint));
  return false;
}

static bool ask(const LoadLists *l, Arena *a, const LoadListing *of, Value *names, Diags *diags) {
  Globals g;
  globals_init(a, &g, l->project);
  g.package = of->package;
  const Target *t = profile_source(a, &g, l->project->root, of->from, diags);
  if (!t)
    return false;
  DbError error = {.at = -1};
  const LoadSourceRules *rules = t->dialect->source;
  const Engine *engine = engine_for(t, a, &error);
  if (!engine)
    return failed(a, of, &error, diags);
  Session *s = engine->open(t, NULL, a, &error);
  if (!s) {
    error.unconnected = true;
    return failed(a, of, &error, diags);
  }
  Str schema = t->schema.len ? t->schema : str_c(rules->default_schema);
  StmtResult result;
  Answer to = {a, names};
  RowSink sink = {.data = &to, .row = take};
  Stmt stmt = {.sql = rules->tables(a, schema)};
  bool good = engine->exec(s, a, &stmt, &sink, &result, &error);
  engine->close(s);
  if (!good)
    return failed(a, of, &error, diags);
  if (names->list->n)
    return true;
  Diag *d =
      diag_at(diags, SEV_ERROR, CODE_MISSING_RELATION, of->from->key->src, of->from->key->span,
              "the source of '%.*s' has no table in the schema '%.*s' that its user may see",
              STR_ARG(of->name), STR_ARG(schema));
  diag_hint(diags, d, "is `schema:` in `from:` right?");
  return false;
}

bool load_listing(void *data, Arena *a, const LoadListing *of, Value *names, Diags *diags) {
  const LoadLists *l = data;
  if (!l->asks)
    return from_kept(l, a, of, names, diags);
  if (!ask(l, a, of, names, diags))
    return false;
  tell_gone(a, l, of, *names, diags);
  return true;
}
