// See live.h. Sources are asked for many at a time: one question a schema of a thousand tables.
#include "live.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/context/relation.h"
#include "../run/warehouse.h"
#include "../run/worker.h"
#include "versions.h"

enum { AT_ONCE = 500 }; // sources in a question

bool live_is_new(const Run *r) {
  const Target *t = r->project->target;
  return t->inside && !fs_is_dir(target_str(t, STR("path"), STR("")));
}

Conn *live_open(Run *r, DbError *error) {
  Conn *conn = conn_new(&r->sessions, "sources"); // as the target is now: it may be only read
  if (!warehouse_open(conn, &r->arena, error))
    return NULL;
  versions_of_server(r, conn);
  return conn;
}

static bool ask(Run *r, Conn *conn, Str macro, const Args *args, Value *out, Diags *diags) {
  Context *c = arena_new(&r->arena, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, &r->arena, NULL, NULL, &conn->db);
  bool good = context_call(c, macro, args, out, diags);
  context_settle(c, conn, false); // nothing was written
  return good;
}

static Str relation_key(Arena *a, Str schema, Str name) {
  return str_fmt(a, "%.*s%c%.*s", STR_ARG(schema), '\0', STR_ARG(name));
}

// Rows of schema, identifier, kind, column and type, by relation: {"kind", "columns"}.
static void by_relation(Arena *a, const List *rows, Map *out) {
  for (size_t i = 0; i < rows->n; i++) {
    const Value *row = rows->items[i].list->items;
    Str key = relation_key(a, val_text(row[0]), val_text(row[1]));
    Value *one = map_get(out, key);
    if (!one) {
      one = arena_new(a, Value);
      *one = val_dict(a);
      dict_sets(a, one->dict, STR("kind"), row[2]);
      dict_sets(a, one->dict, STR("columns"), val_dict(a));
      map_put(a, out, key, one);
    }
    dict_set(a, val_get(*one, STR("columns")).dict, row[3], row[4]);
  }
}

bool live_is_elsewhere(const Run *r, const Node *source) {
  Str own = r->project->target->database;
  if (!r->dialect->has_databases || !source->database.len)
    return false;
  Value quoted = source->info ? val_get(source->info->quoting, STR("database")) : val_none();
  bool folds = quoted.kind == VAL_BOOL && !val_truth(quoted);
  return folds ? !str_eq_nocase(source->database, own) : !str_eq(source->database, own);
}

// Whether a node makes the relation: a seed that is read as raw data.
static bool is_made(const Run *r, const Node *source) {
  for (size_t i = 0; i < r->graph->nnodes; i++)
    if (node_is_refable(r->graph->nodes[i]) &&
        str_eq(r->graph->nodes[i]->relation_name, source->relation_name))
      return true;
  return false;
}

static bool ask_some(Run *r, Conn *conn, const Node *const *sources, size_t n, Dict *out,
                     Diags *diags) {
  Arena *a = &r->arena;
  Value relations = val_list(a, n), rows;
  for (size_t i = 0; i < n; i++)
    if (!live_is_elsewhere(r, sources[i]))
      list_push(a, relations.list, relation_of_node(a, &r->shared, sources[i]));
  Args args = {&relations, 1, NULL, 0};
  if (!relations.list->n)
    return true;
  if (!ask(r, conn, STR("starc_check_sources"), &args, &rows, diags))
    return false;
  Map found = {0};
  by_relation(a, rows.list, &found);
  for (size_t i = 0; i < n; i++) { // two sources may name one relation
    const Node *source = sources[i];
    const Value *one = map_get(&found, relation_key(a, source->schema, source->alias));
    if (!one && !live_is_elsewhere(r, source) && !is_made(r, source))
      map_add(a, &r->gone_sources, source->id);
    if (!one || live_is_elsewhere(r, source))
      continue;
    Value v = val_dict(a);
    dict_sets(a, v.dict, STR("relation"), val_str(source->relation_name));
    dict_sets(a, v.dict, STR("kind"), val_get(*one, STR("kind")));
    dict_sets(a, v.dict, STR("columns"), val_get(*one, STR("columns")));
    dict_sets(a, out, source->id, v);
  }
  return true;
}

bool live_sources(Run *r, Conn *conn, const Node *const *sources, size_t n, Dict *out,
                  Diags *diags) {
  for (size_t i = 0; i < n; i += AT_ONCE)
    if (!ask_some(r, conn, sources + i, n - i < AT_ONCE ? n - i : AT_ONCE, out, diags))
      return false;
  return true;
}

bool live_server(Run *r, Conn *conn, Str part, Value *out, Diags *diags) {
  Value pos = val_str(part);
  Args args = {&pos, 1, NULL, 0};
  return ask(r, conn, STR("starc_check_server"), &args, out, diags);
}
