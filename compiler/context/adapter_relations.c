// What templates ask of the relations that are there, and how they have them made and dropped. In:
// names, relations. Out: relations out of the cache, which a schema is listed into when it is first
// asked for; macros called by dbt's names, with the cache kept true.
#include "adapter_relations.h"
#include "../template/ops_access.h"
#include "adapter.h"
#include "ask.h"
#include "cache.h"
#include "evaluation.h"
#include "relation.h"
#include "table.h"

// --- the cache

static const char *const field_names[LISTED_FIELDS] = {[LISTED_NAME] = "name",
                                                       [LISTED_SCHEMA] = "schema",
                                                       [LISTED_TYPE] = "type",
                                                       [LISTED_DATABASE] = "database",
                                                       [LISTED_ENGINE] = "db_engine",
                                                       [LISTED_MVS] = "mvs_pointing_to_it",
                                                       [LISTED_REFRESHABLE] = "is_refreshable",
                                                       [LISTED_APPEND] = "refreshable_append",
                                                       [LISTED_ON_CLUSTER] = "on_cluster"};

// Where a row has its i-th field: at that place where it is as long as dbt's rows, else under its
// name in the table.
static size_t listed_place(size_t i, ListedField field, bool whole, Value names) {
  size_t at = 0;
  while (at < names.list->n && !val_is_str(names.list->items[at], str_c(field_names[field])))
    at++;
  return whole ? i : at;
}

// The cells of a row by field; those that it has not are none.
static void listed_cells(Eval *ev, const Context *c, Value row, Value names,
                         Value cells[LISTED_FIELDS]) {
  const ListedField *order = c->shared->dialect->adapter->listed;
  size_t n = c->shared->dialect->adapter->nlisted;
  Value given = ops_list(ev, row);
  for (size_t i = 0; i < LISTED_FIELDS; i++)
    cells[i] = val_none();
  for (size_t i = 0; i < n; i++) {
    size_t at = listed_place(i, order[i], given.list->n == n, names);
    if (at < given.list->n)
      cells[order[i]] = given.list->items[at];
  }
  if (val_is_absent(cells[LISTED_NAME]))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "list_relations_without_caching() gives rows of %zu values here, not of %zu", n,
                   given.list->n);
}

// dbt's kinds of relations, and what the database has of others.
static Str listed_type(Arena *a, const Context *c, Value given) {
  Str type = text_or_empty(a, given);
  return relation_is_type(type) ? type : str_c(c->shared->dialect->adapter->other_kind);
}

static RelationObj *listed_relation(Eval *ev, const Context *c, const Value cells[LISTED_FIELDS],
                                    Str database, Str schema) {
  Arena *a = eval_arena(ev);
  RelationObj *o = relation_of_schema(a, c->shared, database, schema);
  if (!val_is_absent(cells[LISTED_SCHEMA]))
    o->r.schema = val_to_str(a, cells[LISTED_SCHEMA]);
  o->r.identifier = text_or_empty(a, cells[LISTED_NAME]);
  o->is_set[2] = true;
  o->type = listed_type(a, c, cells[LISTED_TYPE]);
  if (c->shared->dialect->adapter->read_listed)
    c->shared->dialect->adapter->read_listed(a, cells, o);
  return o;
}

// The relations that the macro gave: a table, or rows of any other kind.
static RelationObj **listed_relations(Eval *ev, const Context *c, Value given, Str database,
                                      Str schema, size_t *n) {
  Arena *a = eval_arena(ev);
  Value names = val_list(a, 0), rows = ops_list(ev, given), cells[LISTED_FIELDS];
  if (val_is_type(given, &table_type)) {
    const TableObj *t = (const TableObj *)given.obj;
    for (size_t i = 0; i < t->ncolumns; i++)
      list_push(a, names.list, val_str(t->names[i]));
  }
  RelationObj **all = arena_array(a, RelationObj *, rows.list->n + 1);
  for (*n = 0; *n < rows.list->n; (*n)++) {
    listed_cells(ev, c, rows.list->items[*n], names, cells);
    all[*n] = listed_relation(ev, c, cells, database, schema);
  }
  return all;
}

RelationObj *relation_of_schema(Arena *a, const ContextShared *s, Str database, Str schema) {
  RelationObj *o = relation_new(a, s->dialect);
  o->r.database = s->dialect->has_databases ? database : STR("");
  o->r.schema = schema;
  o->is_set[0] = o->is_set[1] = true;
  return o;
}

// What is in a schema now.
static RelationObj **list_schema(Eval *ev, Context *c, Str database, Str schema, size_t *n) {
  Value of = relation_obj_value(relation_of_schema(eval_arena(ev), c->shared, database, schema));
  Value given = context_call_macro(ev, c, "list_relations_without_caching",
                                   (Kwarg[]){
                                       {STR("schema_relation"), of}
  },
                                   1);
  return listed_relations(ev, c, given, database, schema, n);
}

static void need_schema(Eval *ev, Context *c, Str database, Str schema) {
  if (!c->shared->cache)
    eval_fail(ev, "relations can be looked up only while the database is being worked on");
  if (cache_has_schema(c->shared->cache, database, schema))
    return;
  size_t n;
  c->state->listing = true;
  RelationObj **all = list_schema(ev, c, database, schema, &n);
  c->state->listing = false;
  cache_set_schema(c->shared->cache, database, schema, all, n);
}

// What context_renew_relation hands to its template.
typedef struct Renewal {
  Object object;
  const Node *node;
  Str beside;
} Renewal;
static const ObjectType renewal_type = {.name = "Renewal"};

static Value fn_renew(Eval *ev, const Value *v) {
  const Renewal *r = (const Renewal *)v[0].obj;
  Context *c = context_of(ev);
  size_t n;
  RelationObj **all = list_schema(ev, c, r->node->database, r->node->schema, &n);
  cache_renew(c->shared->cache, r->node, r->beside, all, n);
  return val_none();
}

// The node as the cache names its schemas. False: that of the node is not listed.
static bool is_listed(const ContextShared *s, const Node *n, Node *named) {
  *named = *n;
  named->database = s->dialect->has_databases ? n->database : STR("");
  return s->cache && cache_has_schema(s->cache, named->database, n->schema);
}

bool context_relation_agrees(const ContextShared *s, const Node *n, Str beside,
                             const NamedRelation *found, size_t nfound) {
  Node named;
  return !is_listed(s, n, &named) || cache_agrees(s->cache, &named, beside, found, nfound);
}

bool context_renew_relation(Context *c, const Node *n, Str beside, const NamedRelation *found,
                            size_t nfound, bool always, Diags *diags) {
  Node named;
  if (!is_listed(c->shared, n, &named) ||
      (!always && context_relation_agrees(c->shared, n, beside, found, nfound)))
    return true;
  Renewal renewal = {{&renewal_type}, &named, beside};
  static const Native renew = {"starc_renew", fn_renew, "self", "reads what the database lists"};
  context_set(c, STR("starc_renew"), val_func(c->arena, &renew, NULL, val_obj(&renewal)));
  Source *src = arena_new(c->arena, Source);
  *src = (Source){.path = STR("starc"), .text = STR("{%- do starc_renew() -%}"), .own = true};
  const Template *t = template_parse(c->arena, src, diags);
  EvalOptions o = context_options(c, diags);
  Str out;
  return t && template_render(t, &o, &out);
}

Str context_cached_type(const ContextShared *s, Arena *a, const Node *n) {
  Str database = s->dialect->has_databases ? n->database : STR("");
  bool exact = false;
  RelationObj *o = s->cache ? cache_find(s->cache, a, database, n->schema, n->alias, &exact) : NULL;
  return o && exact ? o->type : STR("");
}

static Value fn_get_relation(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str database = c->shared->dialect->has_databases ? text_or_empty(a, v[0]) : STR("");
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

static Value fn_list_relations(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str database = c->shared->dialect->has_databases ? text_or_empty(a, v[0]) : STR("");
  Str schema = text_or_empty(a, v[1]);
  need_schema(ev, c, database, schema);
  size_t n;
  RelationObj **all = cache_list(c->shared->cache, a, database, schema, &n);
  Value list = val_list(a, n);
  for (size_t i = 0; i < n; i++)
    list_push(a, list.list, relation_obj_value(all[i]));
  return list;
}

static Value fn_already_exists(Eval *ev, const Value *v) {
  const Target *t = context_of(ev)->shared->project->target;
  Value get[3] = {val_str(t ? t->database : STR("")), v[0], v[1]};
  return val_bool(fn_get_relation(ev, get).kind != VAL_NONE);
}

// cache_added(r), cache_dropped(r), cache_renamed(from, to): nothing for none, '' as result.
static Value fn_cache_added(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  if (c->shared->cache && !context_standins(c) && !val_is_absent(v[0]))
    cache_put(c->shared->cache, need_relation(ev, v[0], "adapter.cache_added"));
  return val_lit("");
}
static Value fn_cache_dropped(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  if (c->shared->cache && !context_standins(c) && !val_is_absent(v[0]))
    cache_drop(c->shared->cache, need_relation(ev, v[0], "adapter.cache_dropped"));
  return val_lit("");
}
static Value fn_cache_renamed(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  if (c->shared->cache && !context_standins(c) && !val_is_absent(v[0]) && !val_is_absent(v[1]))
    cache_rename(c->shared->cache, need_relation(ev, v[0], "adapter.cache_renamed"),
                 need_relation(ev, v[1], "adapter.cache_renamed"));
  return val_lit("");
}

// --- relations and schemas, made and dropped by macros

// The relation that is the method's argument; fails where it is none.
static Value one_relation(Eval *ev, const char *fname, Value v) {
  need_relation(ev, v, fname);
  return v;
}

static void call_with_relation(Eval *ev, Context *c, const char *macro, Value relation) {
  context_call_macro(ev, c, macro,
                     (Kwarg[]){
                         {STR("relation"), relation}
  },
                     1);
}

static Value fn_drop_relation(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Value r = one_relation(ev, "adapter.drop_relation", v[0]);
  const RelationObj *o = (const RelationObj *)r.obj;
  if (!o->type.len)
    eval_fail_code(ev, CODE_RELATION_KIND,
                   "%.*s cannot be dropped: its type is not known, table or view",
                   STR_ARG(relation_str(eval_arena(ev), o)));
  if (c->shared->cache)
    cache_drop(c->shared->cache, o);
  call_with_relation(ev, c, "drop_relation", r);
  return val_none();
}

static Value fn_truncate_relation(Eval *ev, const Value *v) {
  Value r = one_relation(ev, "adapter.truncate_relation", v[0]);
  call_with_relation(ev, context_of(ev), "truncate_relation", r);
  return val_none();
}

static Value fn_rename_relation(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  RelationObj *from = need_relation(ev, v[0], "adapter.rename_relation");
  RelationObj *to = need_relation(ev, v[1], "adapter.rename_relation");
  if (c->shared->cache)
    cache_rename(c->shared->cache, from, to);
  context_call_macro(ev, c, "rename_relation",
                     (Kwarg[]){
                         {STR("from_relation"), v[0]},
                         {STR("to_relation"),   v[1]}
  },
                     2);
  return val_none();
}

static Value schema_of(Eval *ev, Value relation) {
  RelationObj *o = relation_copy(eval_arena(ev), (RelationObj *)relation.obj);
  o->include[2] = false;
  return relation_obj_value(o);
}

static Value fn_create_schema(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Value r = schema_of(ev, one_relation(ev, "adapter.create_schema", v[0]));
  call_with_relation(ev, c, "create_schema", r);
  adapter_commit_open(ev, c);
  return val_none();
}

static Value fn_drop_schema(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Value r = schema_of(ev, one_relation(ev, "adapter.drop_schema", v[0]));
  const RelationObj *o = (const RelationObj *)r.obj;
  call_with_relation(ev, c, "drop_schema", r);
  adapter_commit_open(ev, c);
  if (c->shared->cache)
    cache_drop_schema(c->shared->cache, o->r.database, o->r.schema);
  return val_none();
}

// The first cells of the rows that a macro gave.
static Value first_cells(Eval *ev, Value rows) {
  Value all = ops_list(ev, rows);
  for (size_t i = 0; i < all.list->n; i++)
    all.list->items[i] = ops_item(ev, all.list->items[i], val_int(0));
  return all;
}

Value adapter_list_schemas(Eval *ev, Context *c, Value database) {
  return first_cells(ev, context_call_macro(ev, c, "list_schemas",
                                            (Kwarg[]){
                                                {STR("database"), database}
  },
                                            1));
}

static Value fn_list_schemas(Eval *ev, const Value *v) {
  return adapter_list_schemas(ev, context_of(ev), v[0]);
}

// The relation `INFORMATION_SCHEMA` of a database.
static Value information_schema(Eval *ev, const Context *c, Str database, Str schema) {
  RelationObj *o = relation_of_schema(eval_arena(ev), c->shared, database, schema);
  Value make = val_undef(NULL);
  o->object.type->attr(ev, &o->object, STR("information_schema"), &make);
  return eval_call(ev, make, &(Args){0});
}

// By the macro, which counts the schemas of that name.
static Value fn_check_schema_exists(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Value of = information_schema(ev, c, text_or_empty(a, v[0]), text_or_empty(a, v[1]));
  Value found = context_call_macro(ev, c, "check_schema_exists",
                                   (Kwarg[]){
                                       {STR("information_schema"), of  },
                                       {STR("schema"),             v[1]}
  },
                                   2);
  if (found.kind == VAL_BOOL)
    return found;
  Value counts = first_cells(ev, found);
  return val_bool(counts.list->n && ops_compare(ev, counts.list->items[0], val_int(0)) > 0);
}

// clang-format off
const Method adapter_methods_relations[] = {
    {{"cache_added",         fn_cache_added,         "relation", "notes that a relation was made"}, REAL},
    {{"cache_dropped",       fn_cache_dropped,       "relation", "notes that a relation is gone"}, REAL},
    {{"cache_renamed",       fn_cache_renamed,       "from_relation, to_relation",
      "notes that a relation has another name"}, REAL},
    {{"already_exists",      fn_already_exists,      "schema, name",
      "whether the database has a relation of that name"
     "\n{{ adapter.already_exists('analytics', 'orders') }}\n=> True"}, GIVE_FALSE},
    {{"starc_list_schemas",  fn_list_schemas,        "database", "the names of a database's schemas"}, GIVE_LIST},
    {{"check_schema_exists", fn_check_schema_exists, "database, schema", "whether the schema is there"
     "\n{{ adapter.check_schema_exists('', 'analytics') }}\n=> True"}, GIVE_FALSE},
    {{"get_relation",        fn_get_relation,        "database, schema, identifier",
      "the relation of that name, or none"
     "\n{{ adapter.get_relation(database='', schema='analytics', identifier='orders') }}\n=> `analytics`.`orders`"}, GIVE_NONE},
    {{"list_relations",      fn_list_relations,      "database, schema", "the relations of a schema"
     "\n{{ adapter.list_relations('', 'analytics') | map(attribute='identifier') | list }}\n=> ['orders']"}, GIVE_LIST},
    {{"create_schema",       fn_create_schema,       "relation", "makes the relation's schema"
     "\n{% do adapter.create_schema(api.Relation.create(schema='scratch')) %}\n{{ adapter.check_schema_exists('', 'scratch') }}\n=> True"}, GIVE_NONE},
    {{"drop_schema",         fn_drop_schema,         "relation",
      "drops the relation's schema and all in it"}, GIVE_NONE},
    {{"drop_relation",       fn_drop_relation,       "relation", "drops a table or view"}, GIVE_NONE},
    {{"rename_relation",     fn_rename_relation,     "from_relation, to_relation",
      "gives a relation another name"}, GIVE_NONE},
    {{"truncate_relation",   fn_truncate_relation,   "relation", "takes all rows out of a table"}, GIVE_NONE},
    {{0}, REAL},
};
// clang-format on
