// See live.h. Sources are asked for many at a time: one question a schema of a thousand tables.
#include "live.h"
#include "../../compiler/base/fs.h"
#include "../../compiler/context/relation.h"
#include "../run/source_files.h"
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

// The columns that files have; a file that cannot be read leaves its source without.
static bool ask_files(Run *r, Conn *conn, const Node *source, Dict *out, Diags *diags) {
  Arena *a = &r->arena;
  Value relation = relation_of_node(a, &r->shared, source), rows, v = val_dict(a);
  Args args = {&relation, 1, NULL, 0};
  Context *c = arena_new(a, Context);
  context_init(c, CONTEXT_OPERATION, &r->shared, a, NULL, NULL, &conn->db);
  Diags found;
  diags_init(&found);
  bool good = context_call(c, STR("starc_check_files"), &args, &rows, &found);
  const DbError *e = context_db_error(c);
  Str hint = {0};
  if (!good && e && source_files_blamed(r, a, context_failed_sql(c), e, &hint))
    source_files_diag(source, e, hint, diags);
  else if (!good)
    diag_at(diags, SEV_ERROR, CODE_DATABASE_ERROR, source->info->location_src,
            source->info->location_span, "source '%.*s.%.*s' cannot be read: %.*s",
            STR_ARG(source->info->source_name), STR_ARG(source->name),
            STR_ARG(found.first ? found.first->message : (Str){0}));
  diags_free(&found);
  context_settle(c, conn, false);
  if (!good)
    return false;
  Value columns = val_dict(a);
  for (size_t i = 0; i < val_count(rows); i++)
    dict_set(a, columns.dict, rows.list->items[i].list->items[0],
             rows.list->items[i].list->items[1]);
  Str name = str_fmt(a, "%.*s.%.*s", STR_ARG(source->schema), STR_ARG(source->info->identifier));
  dict_sets(a, v.dict, STR("relation"), val_str(name)); // no path of this machine, and no key
  dict_sets(a, v.dict, STR("kind"), val_lit("files"));
  dict_sets(a, v.dict, STR("columns"), columns);
  dict_sets(a, out, source->id, v);
  return true;
}

static bool ask_some(Run *r, Conn *conn, const Node *const *sources, size_t n, Dict *out,
                     Diags *diags) {
  Arena *a = &r->arena;
  Value relations = val_list(a, n), rows;
  bool good = true;
  for (size_t i = 0; i < n; i++) {
    if (sources[i]->info->reads.len)
      good &= ask_files(r, conn, sources[i], out, diags);
    if (!live_is_elsewhere(r, sources[i]) && !sources[i]->info->reads.len)
      list_push(a, relations.list, relation_of_node(a, &r->shared, sources[i]));
  }
  Args args = {&relations, 1, NULL, 0};
  if (!relations.list->n)
    return good;
  if (!ask(r, conn, STR("starc_check_sources"), &args, &rows, diags))
    return false;
  Map found = {0};
  by_relation(a, rows.list, &found);
  for (size_t i = 0; i < n; i++) { // two sources may name one relation
    const Node *source = sources[i];
    if (source->info->reads.len)
      continue;
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
  return good;
}

bool live_sources(Run *r, Conn *conn, const Node *const *sources, size_t n, Dict *out,
                  Diags *diags) {
  bool good = true;
  for (size_t i = 0; i < n; i += AT_ONCE)
    good &= ask_some(r, conn, sources + i, n - i < AT_ONCE ? n - i : AT_ONCE, out, diags);
  return good;
}

bool live_server(Run *r, Conn *conn, Str part, Value *out, Diags *diags) {
  Value pos = val_str(part);
  Args args = {&pos, 1, NULL, 0};
  return ask(r, conn, STR("starc_check_server"), &args, out, diags);
}
