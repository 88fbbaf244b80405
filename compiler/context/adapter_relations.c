// What templates ask of the relations that are there, and how they have them made and dropped. In:
// names, relations. Out: relations out of the cache, which a schema is listed into when it is first
// asked for; macros called by dbt's names, with the cache kept true.
#include "../base/json.h"
#include "internal.h"

// --- the cache

static const char *const exchange_engines[] = {"Atomic", "Replicated", "Shared", NULL};
bool engine_can_exchange(Str engine) {
  for (size_t i = 0; exchange_engines[i]; i++)
    if (str_eq(engine, str_c(exchange_engines[i])))
      return true;
  return false;
}

// A list that the database gave as the text of a JSON array, or none.
static Value json_list(Arena *a, Value cell) {
  Value v = val_none();
  if (cell.kind != VAL_STR)
    return cell.kind == VAL_LIST ? cell : v;
  Diags ignored = {0};
  diags_init(&ignored);
  Source *src = arena_new(a, Source);
  *src = (Source){.path = STR("mvs_pointing_to_it"), .text = val_text(cell)};
  bool good = json_read(a, src, &v, &ignored);
  diags_free(&ignored);
  return good && v.kind == VAL_LIST && v.list->n ? v : val_none();
}

// A row of what list_relations_without_caching gives: database, name, schema, type on Postgres;
// name, schema, type, db_engine and flags on ClickHouse. Columns are found by name.
static RelationObj *listed_relation(Arena *a, const ContextShared *s, const TableObj *t, size_t row,
                                    Str database, Str schema) {
  RelationObj *o = relation_new(a, s->dialect);
  Value name = table_cell_named(t, row, "name"), in = table_cell_named(t, row, "schema");
  o->r.database = database;
  o->r.schema = is_absent(in) ? schema : val_to_str(a, in);
  o->r.identifier = text_or_empty(a, name);
  o->is_set[0] = o->is_set[1] = o->is_set[2] = true;
  o->type = text_or_empty(a, table_cell_named(t, row, "type"));
  if (!s->dialect->database_in_names) {
    bool engine = engine_can_exchange(text_or_empty(a, table_cell_named(t, row, "db_engine")));
    o->can_exchange = engine && str_is(o->type, "table");
    o->can_on_cluster = val_truth(table_cell_named(t, row, "on_cluster"));
    o->is_refreshable = val_truth(table_cell_named(t, row, "is_refreshable"));
    o->refreshable_append = val_truth(table_cell_named(t, row, "refreshable_append"));
    o->mvs = json_list(a, table_cell_named(t, row, "mvs_pointing_to_it"));
  }
  return o;
}

// NULL: the macro gave no table.
static RelationObj **listed_relations(Arena *a, const ContextShared *s, Value table, Str database,
                                      Str schema, size_t *n) {
  if (!val_is_type(table, &table_type))
    return NULL;
  const TableObj *t = (const TableObj *)table.obj;
  RelationObj **all = arena_array(a, RelationObj *, t->nrows + 1);
  for (*n = 0; *n < t->nrows; (*n)++)
    all[*n] = listed_relation(a, s, t, *n, database, schema);
  return all;
}

static void cache_table(Arena *a, const ContextShared *s, Value table, Str database, Str schema) {
  size_t n;
  RelationObj **all = listed_relations(a, s, table, database, schema, &n);
  if (all)
    cache_set_schema(s->cache, database, schema, all, n);
}

RelationObj *relation_of_schema(Arena *a, const ContextShared *s, Str database, Str schema) {
  RelationObj *o = relation_new(a, s->dialect);
  o->r.database = s->dialect->database_in_names ? database : STR("");
  o->r.schema = schema;
  o->is_set[0] = o->is_set[1] = true;
  return o;
}

static void need_schema(Eval *ev, Context *c, Str database, Str schema) {
  if (!c->shared->cache)
    eval_fail(ev, "relations can be looked up only while the database is being worked on");
  if (cache_has_schema(c->shared->cache, database, schema))
    return;
  Value of = relation_obj_value(relation_of_schema(eval_arena(ev), c->shared, database, schema));
  Value table = context_call_macro(ev, c, "list_relations_without_caching", &of, 1);
  cache_table(eval_arena(ev), c->shared, table, database, schema);
}

bool context_fill_cache(Context *c, Value schemas, Diags *diags) {
  MacroEntry *e = macros_find_anywhere(c->shared->macros, STR("list_relations_without_caching"));
  if (!e || !val_is_seq(schemas) || !c->shared->cache) {
    diag_error(diags, CODE_UNKNOWN_MACRO, STR(""),
               "the adapter needs a macro named 'list_relations_without_caching'");
    return false;
  }
  EvalOptions o = context_options(c, diags);
  for (size_t i = 0; i < schemas.list->n; i++) {
    Relation r;
    Value table;
    if (!relation_from_value(schemas.list->items[i], &r, NULL) ||
        cache_has_schema(c->shared->cache, r.database, r.schema))
      continue;
    Args args = {&schemas.list->items[i], 1, NULL, 0};
    if (!eval_macro(e->macro, &args, &o, &table))
      return false;
    cache_table(c->arena, c->shared, table, r.database, r.schema);
  }
  DbError error = {.at = -1};
  if (c->state->in_transaction && c->db->commit && !c->db->commit(c->db->data, &error)) {
    diag_error(diags, db_error_code(&error), STR(""), "%.*s", STR_ARG(error.message));
    return false;
  }
  c->state->in_transaction = false;
  return true;
}

bool context_renew_relation(Context *c, const Node *n, Str beside, const NamedRelation *found,
                            size_t nfound, bool always, Diags *diags) {
  RelationCache *cache = c->shared->cache;
  Str database = context_is_clickhouse(c) ? STR("") : n->database;
  Node named = *n; // as the cache names its schemas
  named.database = database;
  if (!cache || !cache_has_schema(cache, database, n->schema) ||
      (!always && cache_agrees(cache, &named, beside, found, nfound)))
    return true;
  Value of = relation_obj_value(relation_of_schema(c->arena, c->shared, database, n->schema));
  MacroEntry *e = macros_find_anywhere(c->shared->macros, STR("list_relations_without_caching"));
  Args args = {&of, 1, NULL, 0};
  EvalOptions o = context_options(c, diags);
  Value table;
  if (!e || !eval_macro(e->macro, &args, &o, &table))
    return false;
  size_t nall;
  RelationObj **all = listed_relations(c->arena, c->shared, table, database, n->schema, &nall);
  if (all)
    cache_renew(cache, &named, beside, all, nall);
  return true;
}

static Value fn_get_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"database", "schema", "identifier"};
  Value v[3] = {val_undef(NULL), val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.get_relation", args, names, 3, 3, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str database = context_is_clickhouse(c) ? STR("") : text_or_empty(a, v[0]);
  Str schema = text_or_empty(a, v[1]), name = text_or_empty(a, v[2]);
  need_schema(ev, c, database, schema);
  bool exact;
  RelationObj *o = cache_find(c->shared->cache, a, database, schema, name, &exact);
  if (o && !exact)
    eval_fail_hint(ev, CODE_RELATION_NAME, STR("drop it, or rename one of the two"),
                   "the database has %.*s, which differs from '%.*s' only in upper and lower case",
                   STR_ARG(relation_str(a, o)), STR_ARG(name));
  return o ? relation_obj_value(o) : val_none();
}

bool adapter_has(Eval *ev, Context *c, const RelationObj *r) {
  bool exact;
  need_schema(ev, c, r->r.database, r->r.schema);
  return cache_find(c->shared->cache, eval_arena(ev), r->r.database, r->r.schema, r->r.identifier,
                    &exact) != NULL;
}

static Value fn_list_relations(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"database", "schema"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.list_relations", args, names, 2, 2, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str database = context_is_clickhouse(c) ? STR("") : text_or_empty(a, v[0]);
  Str schema = text_or_empty(a, v[1]);
  need_schema(ev, c, database, schema);
  size_t n;
  RelationObj **all = cache_list(c->shared->cache, a, database, schema, &n);
  Value list = val_list(a, n);
  for (size_t i = 0; i < n; i++)
    list_push(a, list.list, relation_obj_value(all[i]));
  return list;
}

static Value fn_already_exists(Eval *ev, Value self, const Args *args) {
  static const char *const names[] = {"schema", "name"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.already_exists", args, names, 2, 2, v);
  const Target *t = context_of(ev)->shared->project->target;
  Value pos[3] = {val_str(t ? t->database : STR("")), v[0], v[1]};
  Args get = {pos, 3, NULL, 0};
  return val_bool(fn_get_relation(ev, self, &get).kind != VAL_NONE);
}

// cache_added(r), cache_dropped(r), cache_renamed(from, to): nothing for none, '' as result.
static Value fn_cache_added(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("relation"), val_none());
  if (c->shared->cache && !context_standins(c) && !is_absent(v))
    cache_put(c->shared->cache, need_relation(ev, v, "adapter.cache_added"));
  return val_lit("");
}
static Value fn_cache_dropped(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("relation"), val_none());
  if (c->shared->cache && !context_standins(c) && !is_absent(v))
    cache_drop(c->shared->cache, need_relation(ev, v, "adapter.cache_dropped"));
  return val_lit("");
}
void adapter_from_to(Eval *ev, const char *fname, const Args *args, Value v[2]) {
  static const char *const names[] = {"from_relation", "to_relation"};
  v[0] = v[1] = val_undef(NULL);
  args_bind(ev, fname, args, names, 2, 2, v);
}
static Value fn_cache_renamed(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value v[2];
  adapter_from_to(ev, "adapter.cache_renamed", args, v);
  if (c->shared->cache && !context_standins(c) && !is_absent(v[0]) && !is_absent(v[1]))
    cache_rename(c->shared->cache, need_relation(ev, v[0], "adapter.cache_renamed"),
                 need_relation(ev, v[1], "adapter.cache_renamed"));
  return val_lit("");
}

// --- relations and schemas, made and dropped by macros

Value adapter_one_relation(Eval *ev, const char *fname, const Args *args) {
  static const char *const names[] = {"relation"};
  Value v[1] = {val_undef(NULL)};
  args_bind(ev, fname, args, names, 1, 1, v);
  need_relation(ev, v[0], fname);
  return v[0];
}

static Value fn_drop_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value r = adapter_one_relation(ev, "adapter.drop_relation", args);
  const RelationObj *o = (const RelationObj *)r.obj;
  if (!o->type.len)
    eval_fail_code(ev, CODE_RELATION_KIND,
                   "%.*s cannot be dropped: its type is not known, table or view",
                   STR_ARG(relation_str(eval_arena(ev), o)));
  if (c->shared->cache)
    cache_drop(c->shared->cache, o);
  context_call_macro(ev, c, "drop_relation", &r, 1);
  return val_none();
}

static Value fn_truncate_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value r = adapter_one_relation(ev, "adapter.truncate_relation", args);
  context_call_macro(ev, context_of(ev), "truncate_relation", &r, 1);
  return val_none();
}

static Value fn_rename_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value v[2];
  adapter_from_to(ev, "adapter.rename_relation", args, v);
  RelationObj *from = need_relation(ev, v[0], "adapter.rename_relation");
  RelationObj *to = need_relation(ev, v[1], "adapter.rename_relation");
  if (c->shared->cache)
    cache_rename(c->shared->cache, from, to);
  context_call_macro(ev, c, "rename_relation", v, 2);
  return val_none();
}

static Value schema_of(Eval *ev, Value relation) {
  RelationObj *o = relation_copy(eval_arena(ev), (RelationObj *)relation.obj);
  o->include[2] = false;
  return relation_obj_value(o);
}

static Value fn_create_schema(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value r = schema_of(ev, adapter_one_relation(ev, "adapter.create_schema", args));
  context_call_macro(ev, c, "create_schema", &r, 1);
  adapter_commit_open(ev, c);
  return val_none();
}

static Value fn_drop_schema(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value r = schema_of(ev, adapter_one_relation(ev, "adapter.drop_schema", args));
  const RelationObj *o = (const RelationObj *)r.obj;
  context_call_macro(ev, c, "drop_schema", &r, 1);
  adapter_commit_open(ev, c);
  if (c->shared->cache)
    cache_drop_schema(c->shared->cache, o->r.database, o->r.schema);
  return val_none();
}

static Value fn_check_schema_exists(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"database", "schema"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.check_schema_exists", args, names, 2, 2, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  RelationObj *o = relation_of_schema(a, c->shared, text_or_empty(a, v[0]), text_or_empty(a, v[1]));
  Value schema_views = val_undef(NULL), call[2];
  o->object.type->attr(ev, &o->object, STR("information_schema"), &schema_views);
  Args none = {0};
  call[0] = eval_call(ev, schema_views, &none);
  call[1] = v[1];
  Value found = context_call_macro(ev, c, "check_schema_exists", call, 2);
  if (!val_is_type(found, &table_type))
    return val_bool(val_truth(found));
  const TableObj *t = (const TableObj *)found.obj;
  if (!t->nrows || !t->ncolumns)
    return val_bool(false);
  Value cell = table_cell(t, 0, 0);
  return val_bool(cell.kind == VAL_STR ? !str_is(val_text(cell), "0") : val_truth(cell));
}

const Method adapter_methods_relations[] = {
    METHOD("cache_added", REAL, fn_cache_added),
    METHOD("cache_dropped", REAL, fn_cache_dropped),
    METHOD("cache_renamed", REAL, fn_cache_renamed),
    METHOD("already_exists", GIVE_FALSE, fn_already_exists),
    METHOD("check_schema_exists", GIVE_FALSE, fn_check_schema_exists),
    METHOD("get_relation", GIVE_NONE, fn_get_relation),
    METHOD("list_relations", GIVE_LIST, fn_list_relations),
    METHOD("create_schema", GIVE_NONE, fn_create_schema),
    METHOD("drop_schema", GIVE_NONE, fn_drop_schema),
    METHOD("drop_relation", GIVE_NONE, fn_drop_relation),
    METHOD("rename_relation", GIVE_NONE, fn_rename_relation),
    METHOD("truncate_relation", GIVE_NONE, fn_truncate_relation),
    {0},
};
