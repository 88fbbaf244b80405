// `adapter`: what templates ask of the database and of its dialect. In: arguments, the running
// context. Out: values, statements run through the Db, the relation cache kept true. What only one
// database has is in adapter_postgres.c and adapter_clickhouse.c. SQL itself is in macros, which
// are called by dbt's names.
#include "../base/json.h"
#include "internal.h"

bool context_is_clickhouse(const Context *c) { return !c->shared->dialect->database_in_names; }

// --- quoting

static Value quoted(Eval *ev, Str name) {
  Buf out = {.arena = eval_arena(ev)};
  dialect_double_quoted(&out, name);
  return val_str(buf_str(&out));
}

static Value fn_quote(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"identifier"};
  Value v[1] = {val_undef(NULL)};
  args_bind(ev, "adapter.quote", args, names, 1, 1, v);
  return quoted(ev, val_to_str(eval_arena(ev), v[0]));
}

static Value fn_quote_as_configured(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"identifier", "quote_key"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.quote_as_configured", args, names, 2, 2, v);
  static const char *const keys[] = {"database", "schema", "identifier"};
  Context *c = context_of(ev);
  Str key = val_to_str(eval_arena(ev), v[1]), name = val_to_str(eval_arena(ev), v[0]);
  for (size_t i = 0; i < 3; i++) {
    Value set = val_get(c->shared->project->packages[0]->quoting, key);
    bool quote = is_absent(set) ? c->shared->dialect->quote_by_default[i] : val_truth(set);
    if (str_eq(key, str_c(keys[i])))
      return quote ? quoted(ev, name) : val_str(name);
  }
  return val_str(name);
}

static Value fn_quote_seed_column(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"column", "quote_config"};
  Value v[2] = {val_undef(NULL), val_none()};
  args_bind(ev, "adapter.quote_seed_column", args, names, 2, 1, v);
  Str name = val_to_str(eval_arena(ev), v[0]);
  if (!is_absent(v[1]) && v[1].kind != VAL_BOOL)
    eval_fail(ev, "the config quote_columns must be true or false, not %s", val_type_name(v[1]));
  return is_absent(v[1]) || v[1].b ? quoted(ev, name) : val_str(name);
}

// --- statements

static Value pair(Eval *ev, Value first, Value second) {
  Value t = val_tuple(eval_arena(ev), 2);
  list_push(eval_arena(ev), t.list, first);
  list_push(eval_arena(ev), t.list, second);
  return t;
}

static Value fn_execute(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"sql", "auto_begin", "fetch", "limit"};
  Value v[4] = {val_undef(NULL), val_bool(false), val_bool(false), val_none()};
  args_bind(ev, "adapter.execute", args, names, 4, 1, v);
  Context *c = context_of(ev);
  DbResult r;
  context_query(ev, c, text_arg(ev, v[0], "adapter.execute", "the statement"), val_truth(v[1]),
                val_truth(v[2]), v[3].kind == VAL_INT ? v[3].i : -1, &r);
  DbResult none = {.affected = -1};
  return pair(ev, response_value(c->arena, &r),
              table_value(eval_arena(ev), val_truth(v[2]) ? &r : &none));
}

static Value fn_add_query(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"sql", "auto_begin", "bindings", "abridge_sql_log"};
  Value v[4] = {val_undef(NULL), val_bool(true), val_none(), val_bool(false)};
  args_bind(ev, "adapter.add_query", args, names, 4, 1, v);
  if (!is_absent(v[2]) && val_truth(v[2]))
    eval_fail_hint(ev, STR("write the values into the statement"),
                   "adapter.add_query() takes no bindings here");
  DbResult r;
  Context *c = context_of(ev);
  context_query(ev, c, text_arg(ev, v[0], "adapter.add_query", "the statement"), val_truth(v[1]),
                false, -1, &r);
  return pair(ev, val_none(), response_value(c->arena, &r));
}

static Value fn_run_sql_for_tests(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"sql", "fetch", "conn"};
  Value v[3] = {val_undef(NULL), val_none(), val_none()};
  args_bind(ev, "adapter.run_sql_for_tests", args, names, 3, 1, v);
  Context *c = context_of(ev);
  if (context_standins(c))
    return val_none();
  DbResult r;
  bool one = val_is_str(v[1], STR("one")), all = val_is_str(v[1], STR("all"));
  context_query(ev, c, text_arg(ev, v[0], "adapter.run_sql_for_tests", "the statement"), false,
                one || all, one ? 1 : -1, &r);
  if (one)
    return r.nrows ? r.rows[0] : val_none();
  if (!all)
    return val_none();
  Value rows = val_list(eval_arena(ev), r.nrows);
  for (size_t i = 0; i < r.nrows; i++)
    list_push(eval_arena(ev), rows.list, r.rows[i]);
  return rows;
}

static void commit_open(Eval *ev, Context *c) {
  DbError error = {.at = -1};
  if (!c->db || !c->state->in_transaction)
    return;
  if (c->db->commit && !c->db->commit(c->db->data, &error))
    context_db_fail(ev, c, &error, STR("commit"));
  c->state->in_transaction = false;
}

static Value fn_commit(Eval *ev, Value self, const Args *args) {
  (void)self, (void)args;
  commit_open(ev, context_of(ev));
  return val_none();
}

// load_seed_rows(model, table, relation): streams a seed's file into its table; gives the number
// of rows.
static Value fn_load_seed_rows(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"model", "agate_table", "relation"};
  static const uint8_t kinds[] = {
      [KIND_NULL] = CSV_INTEGER,    [KIND_INTEGER] = CSV_INTEGER, [KIND_NUMBER] = CSV_NUMBER,
      [KIND_BOOLEAN] = CSV_BOOLEAN, [KIND_DATE] = CSV_DATE,       [KIND_DATETIME] = CSV_DATETIME,
      [KIND_TEXT] = CSV_TEXT};
  Value v[3] = {val_undef(NULL), val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.load_seed_rows", args, names, 3, 3, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  if (!val_is_type(v[1], &table_type) || !((TableObj *)v[1].obj)->path.len)
    eval_fail(ev, "adapter.load_seed_rows() takes the table that load_agate_table() gave");
  const TableObj *t = (const TableObj *)v[1].obj;
  Value config = val_get(v[0], STR("config"));
  Value given = val_get(config, STR("column_types")), quote = val_get(config, STR("quote_columns"));
  uint8_t *of = arena_array(a, uint8_t, t->ncolumns + 1);
  Buf sql = {.arena = a};
  bool ch = context_is_clickhouse(c);
  buf_add(&sql, ch ? STR("insert into ") : STR("copy "));
  relation_render(&sql, need_relation(ev, v[2], "adapter.load_seed_rows"));
  buf_adds(&sql, " (");
  for (size_t i = 0; i < t->ncolumns; i++) {
    of[i] = is_absent(val_get(given, t->names[i])) ? kinds[t->kinds[i]] : CSV_TEXT;
    if (i)
      buf_adds(&sql, ", ");
    if (quote.kind == VAL_BOOL && !quote.b)
      buf_add(&sql, t->names[i]);
    else
      dialect_double_quoted(&sql, t->names[i]);
  }
  buf_add(&sql, ch ? STR(") format TabSeparated") : STR(") from stdin"));
  CsvLoad load = {t->path, t->delimiter, t->ncolumns, of};
  int64_t rows = 0;
  DbError error = {.at = -1};
  context_begin(ev, c);
  if (!c->db->load_csv(c->db->data, a, buf_str(&sql), &load, &rows, &error))
    context_db_fail(ev, c, &error, buf_str(&sql));
  return val_int(rows);
}

// --- types

static bool fits_32(Value v) {
  return v.kind != VAL_BIGINT && (v.kind != VAL_INT || (v.i >= INT32_MIN && v.i <= INT32_MAX));
}

// Numbers without a fraction become integers, as dbt decides by the digits it sees.
static bool has_fraction(Eval *ev, Value v) {
  if (v.kind == VAL_FLOAT)
    return v.f != (double)(int64_t)v.f;
  if (!val_is_type(v, &decimal_type))
    return false;
  return str_find(val_to_str(eval_arena(ev), v), STR("."), 0) >= 0;
}

static Value fn_convert_type(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"agate_table", "col_idx"};
  static const uint8_t kinds[] = {
      [KIND_NULL] = CSV_INTEGER,    [KIND_INTEGER] = CSV_INTEGER, [KIND_NUMBER] = CSV_NUMBER,
      [KIND_BOOLEAN] = CSV_BOOLEAN, [KIND_DATE] = CSV_DATE,       [KIND_DATETIME] = CSV_DATETIME,
      [KIND_TEXT] = CSV_TEXT};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.convert_type", args, names, 2, 2, v);
  if (!val_is_type(v[0], &table_type))
    eval_fail(ev, "adapter.convert_type() takes a table, not %s", val_type_name(v[0]));
  const TableObj *t = (const TableObj *)v[0].obj;
  if (v[1].kind != VAL_INT || v[1].i < 0 || (size_t)v[1].i >= t->ncolumns)
    eval_fail(ev, "the table has %zu columns; there is no such column", t->ncolumns);
  size_t i = (size_t)v[1].i;
  uint8_t kind = kinds[t->kinds[i]];
  bool wide = t->wide && t->wide[i], fraction = t->unread;
  for (size_t r = 0; !t->unread && r < t->nrows; r++) {
    Value cell = table_cell(t, r, (ptrdiff_t)i);
    wide |= !fits_32(cell);
    fraction |= kind == CSV_NUMBER && has_fraction(ev, cell);
  }
  if (kind == CSV_NUMBER && !fraction)
    kind = CSV_INTEGER;
  const Dialect *d = context_of(ev)->shared->dialect;
  // A whole number past 32 bits would be refused by Postgres and wrap around in ClickHouse.
  const char *type = d->csv_types[kind];
  if (kind == CSV_INTEGER && wide)
    type = d->database_in_names ? "bigint" : "Int64";
  // ClickHouse would take 0 and 1970 for NULL in a column that is not Nullable. Text stays a String
  // with '', as projects for it expect.
  bool gaps = t->gaps && t->gaps[i] && kind != CSV_TEXT && !d->database_in_names;
  return val_str(gaps ? str_fmt(eval_arena(ev), "Nullable(%s)", type) : str_c(type));
}

static Value fn_type(Eval *ev, Value self, const Args *args) {
  (void)self, (void)args;
  return val_str(str_c(context_of(ev)->shared->dialect->type));
}

static Value fn_dispatch(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"macro_name", "macro_namespace", "packages"};
  Value v[3] = {val_undef(NULL), val_none(), val_none()};
  args_bind(ev, "adapter.dispatch", args, names, 3, 1, v);
  if (!is_absent(v[2]))
    eval_fail(ev, "adapter.dispatch() no longer takes packages=: name one macro_namespace, and set "
                  "its search order under dispatch: in the project file");
  return dispatch_find(ev, context_of(ev),
                       text_arg(ev, v[0], "adapter.dispatch", "the macro's name"), v[1]);
}

// --- the cache

static Value cell_named(const TableObj *t, size_t row, const char *name) {
  return table_cell(t, row, table_column(t, str_c(name)));
}

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
  Value name = cell_named(t, row, "name"), in = cell_named(t, row, "schema");
  o->r.database = database;
  o->r.schema = is_absent(in) ? schema : val_to_str(a, in);
  o->r.identifier = text_or_empty(a, name);
  o->is_set[0] = o->is_set[1] = o->is_set[2] = true;
  o->type = text_or_empty(a, cell_named(t, row, "type"));
  if (!s->dialect->database_in_names) {
    bool engine = engine_can_exchange(text_or_empty(a, cell_named(t, row, "db_engine")));
    o->can_exchange = engine && str_is(o->type, "table");
    o->can_on_cluster = val_truth(cell_named(t, row, "on_cluster"));
    o->is_refreshable = val_truth(cell_named(t, row, "is_refreshable"));
    o->refreshable_append = val_truth(cell_named(t, row, "refreshable_append"));
    o->mvs = json_list(a, cell_named(t, row, "mvs_pointing_to_it"));
  }
  return o;
}

static void cache_table(Arena *a, const ContextShared *s, Value table, Str database, Str schema) {
  if (!val_is_type(table, &table_type))
    return;
  const TableObj *t = (const TableObj *)table.obj;
  RelationObj **all = arena_array(a, RelationObj *, t->nrows + 1);
  for (size_t i = 0; i < t->nrows; i++)
    all[i] = listed_relation(a, s, t, i, database, schema);
  cache_set_schema(s->cache, database, schema, all, t->nrows);
}

static RelationObj *schema_relation(Arena *a, const ContextShared *s, Str database, Str schema) {
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
  Value of = relation_obj_value(schema_relation(eval_arena(ev), c->shared, database, schema));
  Value table = context_call_macro(ev, c, "list_relations_without_caching", &of, 1);
  cache_table(eval_arena(ev), c->shared, table, database, schema);
}

bool context_fill_cache(Context *c, Value schemas, Diags *diags) {
  MacroEntry *e = macros_find(c->shared->macros, c->shared->project->packages[0],
                              STR("list_relations_without_caching"));
  if (!e || !val_is_seq(schemas) || !c->shared->cache) {
    diag_error(diags, STR(""), "the adapter needs a macro named 'list_relations_without_caching'");
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
    diag_error(diags, STR(""), "%.*s", STR_ARG(error.message));
    return false;
  }
  c->state->in_transaction = false;
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
    eval_fail_hint(ev, STR("drop it, or rename one of the two"),
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
static void bind_from_to(Eval *ev, const char *fname, const Args *args, Value v[2]) {
  static const char *const names[] = {"from_relation", "to_relation"};
  v[0] = v[1] = val_undef(NULL);
  args_bind(ev, fname, args, names, 2, 2, v);
}
static Value fn_cache_renamed(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value v[2];
  bind_from_to(ev, "adapter.cache_renamed", args, v);
  if (c->shared->cache && !context_standins(c) && !is_absent(v[0]) && !is_absent(v[1]))
    cache_rename(c->shared->cache, need_relation(ev, v[0], "adapter.cache_renamed"),
                 need_relation(ev, v[1], "adapter.cache_renamed"));
  return val_lit("");
}

// --- relations and schemas, made and dropped by macros

static Value one_relation(Eval *ev, const char *fname, const Args *args) {
  static const char *const names[] = {"relation"};
  Value v[1] = {val_undef(NULL)};
  args_bind(ev, fname, args, names, 1, 1, v);
  need_relation(ev, v[0], fname);
  return v[0];
}

static Value fn_drop_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value r = one_relation(ev, "adapter.drop_relation", args);
  const RelationObj *o = (const RelationObj *)r.obj;
  if (!o->type.len)
    eval_fail(ev, "%.*s cannot be dropped: its type is not known, table or view",
              STR_ARG(relation_str(eval_arena(ev), o)));
  if (c->shared->cache)
    cache_drop(c->shared->cache, o);
  context_call_macro(ev, c, "drop_relation", &r, 1);
  return val_none();
}

static Value fn_truncate_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value r = one_relation(ev, "adapter.truncate_relation", args);
  context_call_macro(ev, context_of(ev), "truncate_relation", &r, 1);
  return val_none();
}

static Value fn_rename_relation(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value v[2];
  bind_from_to(ev, "adapter.rename_relation", args, v);
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
  Value r = schema_of(ev, one_relation(ev, "adapter.create_schema", args));
  context_call_macro(ev, c, "create_schema", &r, 1);
  commit_open(ev, c);
  return val_none();
}

static Value fn_drop_schema(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value r = schema_of(ev, one_relation(ev, "adapter.drop_schema", args));
  const RelationObj *o = (const RelationObj *)r.obj;
  context_call_macro(ev, c, "drop_schema", &r, 1);
  commit_open(ev, c);
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
  RelationObj *o = schema_relation(a, c->shared, text_or_empty(a, v[0]), text_or_empty(a, v[1]));
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

// --- columns

// What get_columns_in_relation's macro gave: columns already, or the table of the catalog's rows.
static Value columns_from(Eval *ev, Context *c, Value got) {
  if (!val_is_type(got, &table_type))
    return is_absent(got) || got.kind == VAL_STR ? val_list(eval_arena(ev), 0) : ops_list(ev, got);
  Arena *a = eval_arena(ev);
  const TableObj *t = (const TableObj *)got.obj;
  Value all = val_list(a, t->nrows);
  bool ch = context_is_clickhouse(c);
  for (size_t i = 0; i < t->nrows; i++) {
    Value name = cell_named(t, i, ch ? "name" : "column_name");
    Value type = cell_named(t, i, ch ? "type" : "data_type");
    list_push(a, all.list,
              column_new(ev, a, c->shared->dialect, text_or_empty(a, name), text_or_empty(a, type),
                         cell_named(t, i, "character_maximum_length"),
                         cell_named(t, i, "numeric_precision"), cell_named(t, i, "numeric_scale")));
  }
  return all;
}

Value adapter_columns(Eval *ev, Context *c, Value relation) {
  return columns_from(ev, c, context_call_macro(ev, c, "get_columns_in_relation", &relation, 1));
}

static Value fn_get_columns(Eval *ev, Value self, const Args *args) {
  (void)self;
  return adapter_columns(ev, context_of(ev),
                         one_relation(ev, "adapter.get_columns_in_relation", args));
}

static Value fn_get_columns_in_table(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"schema", "identifier"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.get_columns_in_table", args, names, 2, 2, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  const Target *t = c->shared->project->target;
  RelationObj *o = schema_relation(a, c->shared, t ? t->database : STR(""), text_or_empty(a, v[0]));
  o->r.identifier = text_or_empty(a, v[1]);
  o->is_set[2] = true;
  return adapter_columns(ev, c, relation_obj_value(o));
}

// The columns of a query, from the types the database gives to an empty result.
Value adapter_query_columns(Eval *ev, Context *c, Str sql) {
  Arena *a = eval_arena(ev);
  DbResult r;
  context_query(ev, c, sql, false, true, 0, &r);
  Value all = val_list(a, r.ncolumns);
  for (size_t i = 0; i < r.ncolumns; i++)
    list_push(a, all.list, column_from_db(ev, a, c->shared->dialect, &r.columns[i]));
  return all;
}

static Value fn_columns_of_query(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("sql"), val_undef(NULL));
  return adapter_query_columns(
      ev, context_of(ev), text_arg(ev, v, "adapter.get_column_schema_from_query", "the statement"));
}

static const ColumnObj *named_column(Value columns, Str name) {
  for (size_t i = 0; i < columns.list->n; i++)
    if (is_column(columns.list->items[i]) &&
        str_eq(((ColumnObj *)columns.list->items[i].obj)->name, name))
      return (ColumnObj *)columns.list->items[i].obj;
  return NULL;
}

static Value fn_get_missing_columns(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Value v[2];
  bind_from_to(ev, "adapter.get_missing_columns", args, v);
  need_relation(ev, v[0], "adapter.get_missing_columns");
  need_relation(ev, v[1], "adapter.get_missing_columns");
  Value from = adapter_columns(ev, c, v[0]), to = adapter_columns(ev, c, v[1]);
  Value missing = val_list(eval_arena(ev), 4);
  for (size_t i = 0; i < from.list->n; i++)
    if (is_column(from.list->items[i]) &&
        !named_column(to, ((ColumnObj *)from.list->items[i].obj)->name))
      list_push(eval_arena(ev), missing.list, from.list->items[i]);
  return missing;
}

static Value fn_expand_target_column_types(Eval *ev, Value self, const Args *args) {
  (void)self;
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Value v[2];
  bind_from_to(ev, "adapter.expand_target_column_types", args, v);
  need_relation(ev, v[0], "adapter.expand_target_column_types");
  need_relation(ev, v[1], "adapter.expand_target_column_types");
  Value from = adapter_columns(ev, c, v[0]), to = adapter_columns(ev, c, v[1]);
  for (size_t i = 0; i < to.list->n; i++) {
    if (!is_column(to.list->items[i]))
      continue;
    const ColumnObj *have = (ColumnObj *)to.list->items[i].obj;
    const ColumnObj *want = named_column(from, have->name);
    if (!want || !column_can_expand(ev, have, want))
      continue;
    Value call[3] = {v[1], val_str(have->name),
                     context_is_clickhouse(c)
                         ? val_lit("String")
                         : val_str(str_fmt(a, "character varying(%lld)",
                                           (long long)column_string_size(ev, want)))};
    context_call_macro(ev, c, "alter_column_type", call, 3);
  }
  return val_none();
}

// --- snapshots

static Value snapshot_check(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"relation", "column_names", "strategy"};
  static const char *const wanted[] = {"dbt_scd_id", "dbt_valid_from", "dbt_valid_to",
                                       "dbt_is_deleted"};
  Value v[3] = {val_undef(NULL), val_none(), val_none()};
  args_bind(ev, "adapter.valid_snapshot_target", args, names, 3, 1, v);
  Arena *a = eval_arena(ev);
  need_relation(ev, v[0], "adapter.valid_snapshot_target");
  Value columns = adapter_columns(ev, context_of(ev), v[0]);
  bool deletes = val_is_str(val_get(v[2], STR("hard_deletes")), STR("new_record"));
  Buf missing = {.arena = a};
  for (size_t i = 0; i < 3u + deletes; i++) {
    Value other = val_get(v[1], str_c(wanted[i]));
    Str name = is_absent(other) ? str_c(wanted[i]) : val_to_str(a, other);
    bool found = false;
    for (size_t j = 0; j < columns.list->n && !found; j++)
      found = is_column(columns.list->items[j]) &&
              str_eq_nocase(((ColumnObj *)columns.list->items[j].obj)->name, name);
    if (!found)
      buf_addf(&missing, "%s%.*s", missing.len ? ", " : "", STR_ARG(name));
  }
  if (missing.len)
    eval_fail_hint(ev,
                   STR("was it made by something else, or with other snapshot_meta_column_names? "
                       "Rename its columns, or move the table away"),
                   "Snapshot target is missing configured columns: %.*s has no %.*s",
                   STR_ARG(relation_str(a, (RelationObj *)v[0].obj)), STR_ARG(buf_str(&missing)));
  return val_none();
}

static Value fn_hard_deletes(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value config = args->npos ? args->pos[0] : args_kw(args, STR("config"), val_none());
  Value set = val_undef(NULL), old = val_undef(NULL);
  if (!is_absent(config)) {
    Value get = ops_attr(ev, config, STR("get"));
    Value key = val_lit("hard_deletes");
    Args one = {&key, 1, NULL, 0};
    set = eval_call(ev, get, &one);
    key = val_lit("invalidate_hard_deletes");
    old = eval_call(ev, get, &one);
  }
  if (!is_absent(set) && !is_absent(old))
    eval_fail(ev, "a snapshot has hard_deletes or invalidate_hard_deletes, not both");
  if (is_absent(set))
    return !is_absent(old) && val_truth(old) ? val_lit("invalidate") : val_lit("ignore");
  if (!val_is_str(set, STR("ignore")) && !val_is_str(set, STR("invalidate")) &&
      !val_is_str(set, STR("new_record")))
    eval_fail(ev, "hard_deletes is ignore, invalidate or new_record, not '%.*s'",
              STR_ARG(val_to_str(eval_arena(ev), set)));
  return set;
}

// --- incremental strategies

static const char *const strategies[] = {"append",           "delete+insert", "merge",
                                         "insert_overwrite", "microbatch",    NULL};
static const char *const strategies_postgres[] = {"append", "delete+insert", "merge", "microbatch",
                                                  NULL};
static const char *const strategies_clickhouse[] = {
    "append", "delete+insert", "delete_insert", "insert_overwrite", "microbatch", "legacy", NULL};

static bool in_list(const char *const *list, Str s) {
  for (; *list; list++)
    if (str_eq(str_c(*list), s))
      return true;
  return false;
}

static Value fn_strategy_macro(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"model_context", "strategy"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.get_incremental_strategy_macro", args, names, 2, 2, v);
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str strategy = is_absent(v[1]) ? STR("default") : val_to_str(a, v[1]);
  const char *const *valid = context_is_clickhouse(c) ? strategies_clickhouse : strategies_postgres;
  if (in_list(strategies, strategy) && !in_list(valid, strategy))
    eval_fail(ev, "%s has no incremental strategy '%.*s'", c->shared->dialect->type,
              STR_ARG(strategy));
  Str middle = str_dup(a, strategy);
  for (size_t i = 0; i < middle.len; i++)
    if (middle.ptr[i] == '+')
      ((char *)(uintptr_t)middle.ptr)[i] = '_';
  Str name = str_fmt(a, "get_incremental_%.*s_sql", STR_ARG(middle));
  MacroEntry *e = macros_find(c->shared->macros, c->package, name);
  if (e)
    return macro_entry_value(e);
  Buf known = {.arena = a};
  for (size_t i = 0; valid[i]; i++)
    buf_addf(&known, "%s%s", i ? ", " : "", valid[i]);
  eval_fail_hint(
      ev, str_fmt(a, "there are %.*s, and those of your own macros", STR_ARG(buf_str(&known))),
      "there is no incremental strategy '%.*s': dbt could not find an incremental "
      "strategy macro with the name \"%.*s\"",
      STR_ARG(strategy), STR_ARG(name));
}

// --- grants, constraints, odds

static Value fn_standardize_grants(Eval *ev, Value self, const Args *args) {
  (void)self;
  Arena *a = eval_arena(ev);
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("grants_table"), val_undef(NULL));
  TableObj *t = need_table(ev, v, "adapter.standardize_grants_dict");
  Value d = val_dict(a);
  // A macro of the project may give system.grants of ClickHouse as it is.
  static const char *const whom[] = {"grantee", "user_name", "role_name"};
  for (size_t i = 0; i < t->nrows; i++) {
    Value who = val_none(), what_cell = cell_named(t, i, "privilege_type");
    for (size_t k = 0; k < 3 && is_absent(who); k++)
      who = cell_named(t, i, whom[k]);
    if (is_absent(what_cell))
      what_cell = cell_named(t, i, "access_type");
    Str what = text_or_empty(a, what_cell);
    Value *list = dict_gets(d.dict, what);
    if (!list) {
      dict_sets(a, d.dict, what, val_list(a, 2));
      list = dict_gets(d.dict, what);
    }
    list_push(a, list->list, who);
  }
  return d;
}

static Value fn_render_columns(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("raw_columns"), val_undef(NULL));
  return render_columns(ev, context_of(ev), v);
}
static Value fn_render_model(Eval *ev, Value self, const Args *args) {
  (void)self;
  Value v = args->npos ? args->pos[0] : args_kw(args, STR("raw_constraints"), val_undef(NULL));
  return render_model_constraints(ev, context_of(ev), v);
}

static Value fn_none(Eval *ev, Value self, const Args *args) {
  (void)ev, (void)self, (void)args;
  return val_none();
}

static Value fn_no_catalogs(Eval *ev, Value self, const Args *args) {
  (void)self, (void)args;
  eval_fail(ev, "catalog integrations are not supported");
}

// Server version as text, for templates that need to know.
static Value fn_server_version(Eval *ev, Value self, const Args *args) {
  (void)self, (void)args;
  Context *c = context_of(ev);
  Str text;
  int64_t number;
  DbError error = {.at = -1};
  if (!c->db->version(c->db->data, eval_arena(ev), &text, &number, &error))
    context_db_fail(ev, c, &error, STR(""));
  return val_str(text);
}

const Method adapter_methods[] = {
    METHOD("dispatch", REAL, fn_dispatch),
    METHOD("type", REAL, fn_type),
    METHOD("quote", REAL, fn_quote),
    METHOD("quote_as_configured", REAL, fn_quote_as_configured),
    METHOD("quote_seed_column", REAL, fn_quote_seed_column),
    METHOD("convert_type", REAL, fn_convert_type),
    METHOD("commit", REAL, fn_commit),
    METHOD("cache_added", REAL, fn_cache_added),
    METHOD("cache_dropped", REAL, fn_cache_dropped),
    METHOD("cache_renamed", REAL, fn_cache_renamed),
    METHOD("render_raw_columns_constraints", REAL, fn_render_columns),
    METHOD("render_raw_model_constraints", REAL, fn_render_model),
    METHOD("standardize_grants_dict", REAL, fn_standardize_grants),
    METHOD("run_sql_for_tests", REAL, fn_run_sql_for_tests),
    METHOD("build_catalog_relation", REAL, fn_none),
    METHOD("get_catalog_integration", REAL, fn_no_catalogs),
    METHOD("execute", GIVE_RESULT, fn_execute),
    METHOD("add_query", GIVE_PAIR, fn_add_query),
    METHOD("get_partitions_metadata", GIVE_RESULT, fn_none),
    METHOD("already_exists", GIVE_FALSE, fn_already_exists),
    METHOD("check_schema_exists", GIVE_FALSE, fn_check_schema_exists),
    METHOD("get_relation", GIVE_NONE, fn_get_relation),
    METHOD("list_relations", GIVE_LIST, fn_list_relations),
    METHOD("get_columns_in_relation", GIVE_LIST, fn_get_columns),
    METHOD("get_columns_in_table", GIVE_LIST, fn_get_columns_in_table),
    METHOD("get_missing_columns", GIVE_LIST, fn_get_missing_columns),
    METHOD("get_column_schema_from_query", GIVE_LIST, fn_columns_of_query),
    METHOD("expand_target_column_types", GIVE_NONE, fn_expand_target_column_types),
    METHOD("create_schema", GIVE_NONE, fn_create_schema),
    METHOD("drop_schema", GIVE_NONE, fn_drop_schema),
    METHOD("drop_relation", GIVE_NONE, fn_drop_relation),
    METHOD("rename_relation", GIVE_NONE, fn_rename_relation),
    METHOD("truncate_relation", GIVE_NONE, fn_truncate_relation),
    METHOD("valid_snapshot_target", GIVE_NONE, snapshot_check),
    METHOD("assert_valid_snapshot_target_given_strategy", GIVE_NONE, snapshot_check),
    METHOD("get_hard_deletes_behavior", GIVE_NONE, fn_hard_deletes),
    METHOD("get_incremental_strategy_macro", GIVE_NONE, fn_strategy_macro),
    METHOD("load_seed_rows", GIVE_NONE, fn_load_seed_rows),
    METHOD("server_version", GIVE_NONE, fn_server_version),
    {0},
};

// --- stand-ins, and the object itself

static Value give(Eval *ev, Value self, const Args *args) {
  (void)args;
  Arena *a = eval_arena(ev);
  switch ((StandIn)self.i) {
  case GIVE_FALSE:
    return val_bool(false);
  case GIVE_LIST:
    return val_list(a, 0);
  case GIVE_DICT:
    return val_dict(a);
  case GIVE_PAIR:
    return pair(ev, val_none(), val_none());
  case GIVE_RESULT:
    return pair(ev, val_lit(""), val_obj(table_new(a, NULL, 0)));
  default:
    return val_none();
  }
}

static const Method *find_method(const Method *table, Str name) {
  for (; table->name; table++)
    if (str_eq(str_c(table->name), name))
      return table;
  return NULL;
}

// adapter.behavior.x: whether the project's `flags:` turn x on, itself true or false and with the
// attributes setting and no_warn.
typedef struct BehaviorFlag {
  Object object;
  bool on;
} BehaviorFlag;
static bool flag_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)ev;
  *out = val_bool(((const BehaviorFlag *)o)->on);
  return str_is(name, "setting") || str_is(name, "no_warn");
}
static bool flag_truth(const Object *o) { return ((const BehaviorFlag *)o)->on; }
static void flag_str(const Object *o, Buf *out) {
  buf_add(out, flag_truth(o) ? STR("True") : STR("False"));
}
static const ObjectType flag_type = {.name = "BehaviorFlag",
                                     .attr = flag_attr,
                                     .truth = flag_truth,
                                     .str = flag_str,
                                     .repr = flag_str};

static bool behavior_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  Value set = val_get(context_of(ev)->shared->project->packages[0]->flags, name);
  BehaviorFlag *f = arena_new(eval_arena(ev), BehaviorFlag);
  *f = (BehaviorFlag){{&flag_type}, !is_absent(set) && val_truth(set)};
  *out = val_obj(f);
  return true;
}
static const ObjectType behavior_type = {.name = "Behavior", .attr = behavior_attr};
static const Object behavior_object = {&behavior_type};

static bool adapter_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  Context *c = context_of(ev);
  // What only this adapter has comes first: it may differ from the common one of that name.
  const Method *m = find_method(
      context_is_clickhouse(c) ? adapter_methods_clickhouse : adapter_methods_postgres, name);
  m = m ? m : find_method(adapter_methods, name);
  if (m && m->standin != REAL && context_standins(c)) {
    *out = val_func(eval_arena(ev), m->name, give, val_int(m->standin));
    return true;
  }
  if (m) {
    *out = (Value){.kind = VAL_FUNC, .func = (Func *)(uintptr_t)&m->func};
    return true;
  }
  if (str_is(name, "behavior")) {
    *out = val_obj((void *)(uintptr_t)&behavior_object);
    return true;
  }
  if (str_is(name, "Relation")) {
    *out = val_get(api_value(c, ev), STR("Relation"));
    return true;
  }
  if (str_is(name, "Column") || str_is(name, "get_column_class")) {
    *out = column_class(c->shared->dialect);
    return true;
  }
  return false;
}

static const ObjectType adapter_type = {.name = "Adapter", .attr = adapter_attr};
static const Object adapter_object = {&adapter_type};

bool adapter_value(Context *c, Eval *ev, Value *out) {
  (void)c, (void)ev;
  *out = val_obj((void *)(uintptr_t)&adapter_object);
  return true;
}
