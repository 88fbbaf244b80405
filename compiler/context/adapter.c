// `adapter`: what templates ask of the database and of its dialect. In: arguments, the running
// context. Out: values, statements run through the Db. Relations, columns and constraints are in
// adapter_relations.c, adapter_columns.c and constraints.c, what only one database has in its
// folder of dialect/. SQL itself is in macros, which are called by dbt's names.
#include "adapter.h"
#include "../template/ops_access.h"
#include "adapter_columns.h"

#include "../base/csv.h"
#include "../dialect/sql_look.h"
#include "ask.h"
#include "column.h"
#include "config_object.h"
#include "evaluation.h"
#include "load_rows.h"
#include "macros_parts.h"
#include "project_object.h"
#include "relation.h"
#include "results.h"
#include "seed.h"
#include "table.h"

// --- quoting

static Value quoted(Eval *ev, Str name) {
  Buf out = {.arena = eval_arena(ev)};
  dialect_double_quoted(&out, name);
  return val_str(buf_str(&out));
}

static Value fn_quote(Eval *ev, const Value *v) {
  return quoted(ev, val_to_str(eval_arena(ev), v[0]));
}

static Value fn_quote_as_configured(Eval *ev, const Value *v) {
  static const char *const keys[] = {"database", "schema", "identifier"};
  Context *c = context_of(ev);
  Str key = val_to_str(eval_arena(ev), v[1]), name = val_to_str(eval_arena(ev), v[0]);
  for (size_t i = 0; i < 3; i++) {
    Value set = val_get(c->shared->project->packages[0]->quoting, key);
    bool quote = val_is_absent(set) ? c->shared->dialect->quote_by_default[i] : val_truth(set);
    if (str_eq(key, str_c(keys[i])))
      return quote ? quoted(ev, name) : val_str(name);
  }
  return val_str(name);
}

static Value fn_quote_seed_column(Eval *ev, const Value *v) {
  Str name = val_to_str(eval_arena(ev), v[0]);
  if (!val_is_absent(v[1]) && v[1].kind != VAL_BOOL)
    eval_fail_code(ev, CODE_CONFIG_VALUE, "the config quote_columns must be true or false, not %s",
                   val_type_name(v[1]));
  return val_is_absent(v[1]) || v[1].b ? quoted(ev, name) : val_str(name);
}

// --- statements

static Value pair(Eval *ev, Value first, Value second) {
  Value t = val_tuple(eval_arena(ev), 2);
  list_push(eval_arena(ev), t.list, first);
  list_push(eval_arena(ev), t.list, second);
  return t;
}

static Value fn_execute(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  DbResult r;
  context_query(ev, c, context_text_arg(ev, v[0], "adapter.execute", "the statement"),
                val_truth(v[1]), val_truth(v[2]), v[3].kind == VAL_INT ? v[3].i : -1, &r);
  DbResult none = {.affected = -1};
  return pair(ev, response_value(c->arena, &r),
              table_value(eval_arena(ev), val_truth(v[2]) ? &r : &none));
}

static Value fn_add_query(Eval *ev, const Value *v) {
  if (!val_is_absent(v[2]) && val_truth(v[2]))
    eval_fail_hint(ev, CODE_UNSUPPORTED, STR("write the values into the statement"),
                   "adapter.add_query() takes no bindings here");
  DbResult r;
  Context *c = context_of(ev);
  context_query(ev, c, context_text_arg(ev, v[0], "adapter.add_query", "the statement"),
                val_truth(v[1]), false, -1, &r);
  return pair(ev, val_none(), response_value(c->arena, &r));
}

// The first rows of a query: what `starc show` and a test with a limit send.
static Value fn_limited(Eval *ev, const Value *v) {
  Str sql = context_text_arg(ev, v[0], "adapter.starc_limited", "the query");
  if (val_is_absent(v[1]))
    return val_str(sql);
  Context *c = context_of(ev);
  const Dialect *d = c->shared->dialect;
  Buf out = {.arena = c->arena};
  SqlPiece pieces[2];
  sql_limited(&out, d->sql, sql, val_to_str(c->arena, v[1]), d->wraps_limits, pieces);
  SourceMap map = {.arena = c->arena};
  for (size_t i = 0; i < COUNT(pieces); i++)
    context_origin_of(c, pieces[i].text, pieces[i].at, &map);
  context_origin(c, buf_str(&out), &map);
  return val_str(buf_str(&out));
}

static Value fn_run_sql_for_tests(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  if (context_standins(c))
    return val_none();
  DbResult r;
  bool one = val_is_str(v[1], STR("one")), all = val_is_str(v[1], STR("all"));
  context_query(ev, c, context_text_arg(ev, v[0], "adapter.run_sql_for_tests", "the statement"),
                false, one || all, one ? 1 : -1, &r);
  if (one)
    return r.nrows ? r.rows[0] : val_none();
  if (!all)
    return val_none();
  Value rows = val_list(eval_arena(ev), r.nrows);
  for (size_t i = 0; i < r.nrows; i++)
    list_push(eval_arena(ev), rows.list, r.rows[i]);
  return rows;
}

void adapter_commit_open(Eval *ev, Context *c) {
  DbError error = {.at = -1};
  if (!c->db || !c->state->in_transaction)
    return;
  if (c->db->commit && !c->db->commit(c->db->data, &error))
    context_db_fail(ev, c, &error, STR("commit"));
  c->state->in_transaction = false;
}

static Value fn_commit(Eval *ev, const Value *v) {
  (void)v;
  adapter_commit_open(ev, context_of(ev));
  return val_none();
}

// --- types

static Value fn_convert_type(Eval *ev, const Value *v) {
  if (!val_is_type(v[0], &table_type))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "adapter.convert_type() takes a table, not %s",
                   val_type_name(v[0]));
  const TableObj *t = (const TableObj *)v[0].obj;
  if (v[1].kind != VAL_INT || v[1].i < 0 || (size_t)v[1].i >= t->ncolumns)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "the table has %zu columns; there is no such column",
                   t->ncolumns);
  return val_str(seed_type(ev, t, (size_t)v[1].i));
}

static Value fn_type(Eval *ev, const Value *v) {
  (void)v;
  return val_str(str_c(context_of(ev)->shared->dialect->type));
}

static Value fn_dispatch(Eval *ev, const Value *v) {
  if (!val_is_absent(v[2]))
    eval_fail_code(
        ev, CODE_UNSUPPORTED,
        "adapter.dispatch() no longer takes packages=: name one macro_namespace, and set "
        "its search order under dispatch: in the project file");
  return dispatch_find(ev, context_of(ev),
                       context_text_arg(ev, v[0], "adapter.dispatch", "the macro's name"), v[1]);
}

// starc_macro(name): the macro that dbt's adapter would call under that name.
static Value fn_macro(Eval *ev, const Value *v) {
  return context_macro(ev, context_of(ev),
                       context_text_arg(ev, v[0], "adapter.starc_macro", "the macro's name"));
}

// --- snapshots

static Value snapshot_check(Eval *ev, const Value *v) {
  static const char *const wanted[] = {"dbt_scd_id", "dbt_valid_from", "dbt_valid_to",
                                       "dbt_is_deleted"};
  Arena *a = eval_arena(ev);
  need_relation(ev, v[0], "adapter.valid_snapshot_target");
  Value columns = adapter_column_list(ev, context_of(ev), v[0]);
  bool deletes = val_is_str(val_get(v[2], STR("hard_deletes")), STR("new_record"));
  Buf missing = {.arena = a};
  for (size_t i = 0; i < 3u + deletes; i++) {
    Value other = val_get(v[1], str_c(wanted[i]));
    Str name = val_is_absent(other) ? str_c(wanted[i]) : val_to_str(a, other);
    bool found = false;
    for (size_t j = 0; j < columns.list->n && !found; j++)
      found = is_column(columns.list->items[j]) &&
              str_eq_nocase(((ColumnObj *)columns.list->items[j].obj)->name, name);
    if (!found)
      buf_addf(&missing, "%s%.*s", missing.len ? ", " : "", STR_ARG(name));
  }
  if (missing.len)
    eval_fail_hint(ev, CODE_SNAPSHOT_TABLE,
                   STR("was it made by something else, or with other snapshot_meta_column_names? "
                       "Rename its columns, or move the table away"),
                   "Snapshot target is missing configured columns: %.*s has no %.*s",
                   STR_ARG(relation_str(a, (RelationObj *)v[0].obj)), STR_ARG(buf_str(&missing)));
  return val_none();
}

static Value fn_hard_deletes(Eval *ev, const Value *v) {
  Value config = v[0];
  Value set = val_undef(NULL), old = val_undef(NULL);
  if (!val_is_absent(config)) {
    Value get = ops_attr(ev, config, STR("get"));
    Value key = val_lit("hard_deletes");
    Args one = {&key, 1, NULL, 0};
    set = eval_call(ev, get, &one);
    key = val_lit("invalidate_hard_deletes");
    old = eval_call(ev, get, &one);
  }
  if (!val_is_absent(set) && !val_is_absent(old))
    context_fail_config(ev, CODE_CONFLICTING_KEYS, STR("invalidate_hard_deletes"),
                        STR("it is the older name: leave it out"),
                        "a snapshot has hard_deletes or invalidate_hard_deletes, not both");
  if (val_is_absent(set))
    return !val_is_absent(old) && val_truth(old) ? val_lit("invalidate") : val_lit("ignore");
  if (!val_is_str(set, STR("ignore")) && !val_is_str(set, STR("invalidate")) &&
      !val_is_str(set, STR("new_record")))
    context_fail_config(ev, CODE_CONFIG_VALUE, STR("hard_deletes"), STR(""),
                        "hard_deletes is ignore, invalidate or new_record, not '%.*s'",
                        STR_ARG(val_to_str(eval_arena(ev), set)));
  return set;
}

// --- incremental strategies

static const char *const strategies[] = {"append",           "delete+insert", "merge",
                                         "insert_overwrite", "microbatch",    NULL};
static bool in_list(const char *const *list, Str s) {
  for (; *list; list++)
    if (str_eq(str_c(*list), s))
      return true;
  return false;
}

// What could have been meant, for messages.
static Str strategies_there(Arena *a, const char *const *valid, Str given) {
  Str names[8];
  size_t n = 0;
  for (; valid[n]; n++)
    names[n] = str_c(valid[n]);
  return str_hint_for(a, given, names, n);
}

static Value fn_strategy_macro(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Str strategy = val_is_absent(v[1]) ? STR("default") : val_to_str(a, v[1]);
  const char *const *valid = c->shared->dialect->strategies;
  if (in_list(strategies, strategy) && !in_list(valid, strategy))
    context_fail_config(
        ev, CODE_CONFIG_VALUE, STR("incremental_strategy"), strategies_there(a, valid, STR("")),
        "%s has no incremental strategy '%.*s'", c->shared->dialect->type, STR_ARG(strategy));
  Str middle = str_dup(a, strategy);
  for (size_t i = 0; i < middle.len; i++)
    if (middle.ptr[i] == '+')
      ((char *)(uintptr_t)middle.ptr)[i] = '_';
  Str name = str_fmt(a, "get_incremental_%.*s_sql", STR_ARG(middle));
  MacroEntry *e = macros_find(c->shared->macros, c->package, name);
  if (e)
    return macro_entry_value(e);
  context_fail_config(ev, CODE_CONFIG_VALUE, STR("incremental_strategy"),
                      strategies_there(a, valid, strategy),
                      "there is no incremental strategy '%.*s': dbt could not find an incremental "
                      "strategy macro with the name \"%.*s\"",
                      STR_ARG(strategy), STR_ARG(name));
}

// --- grants, constraints, odds

static Value fn_standardize_grants(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  TableObj *t = need_table(ev, v[0], "adapter.standardize_grants_dict");
  Value d = val_dict(a);
  // A macro of the project may give a table of the database as it is.
  static const char *const whom[] = {"grantee", "user_name", "role_name"};
  for (size_t i = 0; i < t->nrows; i++) {
    Value who = val_none(), what_cell = table_cell_named(t, i, "privilege_type");
    for (size_t k = 0; k < 3 && val_is_absent(who); k++)
      who = table_cell_named(t, i, whom[k]);
    if (val_is_absent(what_cell))
      what_cell = table_cell_named(t, i, "access_type");
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

static Value fn_none(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_none();
}

static Value fn_no_catalogs(Eval *ev, const Value *v) {
  (void)v;
  eval_fail_code(ev, CODE_UNSUPPORTED, "catalog integrations are not supported");
}

// Server version as text, for templates that need to know.
static Value fn_server_version(Eval *ev, const Value *v) {
  (void)v;
  Context *c = context_of(ev);
  Str text;
  int64_t number;
  DbError error = {.at = -1};
  context_may_ask(ev, c);
  if (!c->db->version(c->db->data, eval_arena(ev), &text, &number, &error))
    context_db_fail(ev, c, &error, STR(""));
  return val_str(text);
}

// clang-format off
const Method adapter_methods[] = {
    {{"dispatch",                                    fn_dispatch,            "macro_name, macro_namespace=none, packages=none",
      "the macro's form for this database, where a package may have its own"
     "\n{{ adapter.dispatch('type_string', 'dbt')() }}\n=> String"}, REAL},
    {{"starc_macro",                                 fn_macro,               "name",
      "the macro that dbt's adapter calls under that name"}, REAL},
    {{"type",                                        fn_type,                "",
      "the database's kind: postgres, clickhouse"
     "\n{{ adapter.type() }}\n=> clickhouse"}, REAL},
    {{"quote",                                       fn_quote,               "identifier", "the name in quotes"
     "\n{{ adapter.quote('order') }}\n=> \"order\""}, REAL},
    {{"quote_as_configured",                         fn_quote_as_configured, "identifier, quote_key",
      "the name, in quotes where the project quotes a database, schema or identifier"
     "\n{{ adapter.quote_as_configured('order', 'identifier') }}\n=> \"order\""}, REAL},
    {{"quote_seed_column",                           fn_quote_seed_column,   "column, quote_config=none",
      "the name, in quotes unless quote_columns is false"
     "\n{{ adapter.quote_seed_column('order', true) }}\n=> \"order\""}, REAL},
    {{"convert_type",                                fn_convert_type,        "agate_table, col_idx",
      "the database's type for a column of a table"
     "\n{% if execute %}{{ adapter.convert_type(run_query('select 1 as n'), 0) }}{% endif %}\n=> Int32"}, REAL},
    {{"commit",                                      fn_commit,              "*args, **kwargs",
      "commits an open transaction"
     "\n{{ adapter.commit() }}\n=> None"}, REAL},
    {{"standardize_grants_dict",                     fn_standardize_grants,  "grants_table",
      "the rows of show grants as a dict of lists by privilege"}, REAL},
    {{"run_sql_for_tests",                           fn_run_sql_for_tests,   "sql, fetch=none, conn=none",
      "runs a statement; fetch: 'one' row, 'all' rows or nothing"
     "\n{{ adapter.run_sql_for_tests('select 7', fetch='one') }}\n=> (7,)"}, REAL},
    {{"starc_limited",                               fn_limited,             "sql, limit",
      "the query for its first rows"}, REAL},
    {{"build_catalog_relation",                      fn_none,                "config",
      "none: there are no catalogs"
     "\n{{ adapter.build_catalog_relation({}) }}\n=> None"}, REAL},
    {{"get_catalog_integration",                     fn_no_catalogs,         "name",
      "an error: there are no catalogs"
     "\n{{ adapter.get_catalog_integration('lake') }}\n=> fails: lake"}, REAL},
    {{"execute",                                     fn_execute,             "sql, auto_begin=false, fetch=false, limit=none",
      "runs a statement: a pair of what the database says and a table"
     "\n{{ adapter.execute('select 7 as n', fetch=true)[1].rows[0]['n'] }}\n=> 7"}, GIVE_RESULT},
    {{"add_query",                                   fn_add_query,           "sql, auto_begin=true, bindings=none, abridge_sql_log=false",
      "runs a statement: a pair of none and what the database says"
     "\n{% do adapter.add_query('select 1') %}{{ 'done' }}\n=> done"}, GIVE_PAIR},
    {{"get_partitions_metadata",                     fn_none,                "table", "none"
     "\n{{ adapter.get_partitions_metadata('orders') }}\n=> None"}, GIVE_RESULT},
    {{"valid_snapshot_target",                       snapshot_check,         "relation, column_names=none, strategy=none",
      "fails where a snapshot's columns are missing"}, GIVE_NONE},
    {{"assert_valid_snapshot_target_given_strategy", snapshot_check,         "relation, column_names=none, strategy=none",
      "fails where a snapshot's columns are missing"}, GIVE_NONE},
    {{"get_hard_deletes_behavior",                   fn_hard_deletes,        "config",
      "what a snapshot does with rows that are gone"}, GIVE_NONE},
    {{"get_incremental_strategy_macro",              fn_strategy_macro,      "model_context, strategy",
      "the macro of an incremental strategy"}, GIVE_NONE},
    {{"load_seed_rows",                              seed_load_rows,         "model, agate_table, relation",
      "puts a seed's rows into its table"}, GIVE_NONE},
    {{"starc_load_open",                             load_rows_open,         "last=none, again=false, whole=true",
      "opens the source of a load: its columns and what is new"}, GIVE_NONE},
    {{"starc_load_rows",                             load_rows_bring,        "relation, part, columns",
      "brings rows of the source that is open into a table"}, GIVE_NONE},
    {{"starc_load_column",                           load_rows_column,       "name",
      "what a column of a load's source is called in its table"}, GIVE_NONE},
    {{"starc_load_ordered",                          load_rows_ordered,      "expression, type",
      "what a cursor of the type is ordered by as its source orders it"}, GIVE_NONE},
    {{"starc_load_text_of",                          load_rows_text,         "expression, type",
      "the expression as the text that a cursor is told by"}, GIVE_NONE},
    {{"starc_load_change",                           load_rows_change,       "was, now, was_nullable, now_nullable",
      "same, widened or other: what became of a column's type"}, GIVE_NONE},
    {{"starc_load_nullable",                         load_rows_nullable,     "type", "the type that takes NULL beside"}, GIVE_NONE},
    {{"server_version",                              fn_server_version,      "", "the server's version"
     "\n{{ adapter.server_version() is string }}\n=> True"}, GIVE_NONE},
    {{0}, REAL},
};
// clang-format on

// --- stand-ins, and the object itself

static Value give(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  switch ((StandIn)v[0].i) {
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
  for (; table->native.name; table++)
    if (str_eq(str_c(table->native.name), name))
      return table;
  return NULL;
}

// The method as a function; where there is no database the stand-in, which takes any arguments.
static Value method_value(Arena *a, const Method *m, bool standin) {
  if (m->standin == REAL || !standin)
    return val_func(a, &m->native, "adapter", val_none());
  Native *n = arena_new(a, Native);
  *n = (Native){m->native.name, give, "self, *args, **kwargs", m->native.doc};
  return val_func(a, n, "adapter", val_int(m->standin));
}

// `adapter.behavior.x`: whether the project's `flags:` turn x on, itself true or false and with the
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
  *f = (BehaviorFlag){{&flag_type}, !val_is_absent(set) && val_truth(set)};
  *out = val_obj(f);
  return true;
}
static const ObjectType behavior_type = {.name = "Behavior", .attr = behavior_attr};
static const Object behavior_object = {&behavior_type};

// What only this adapter has comes first: it may differ from the common one of that name.
enum { METHOD_TABLES = 5 };
static void method_tables(const AdapterRules *rules, const Method *tables[METHOD_TABLES]) {
  tables[0] = rules->methods;
  tables[1] = adapter_methods;
  tables[2] = adapter_methods_relations;
  tables[3] = adapter_methods_columns;
  tables[4] = adapter_methods_constraints;
}

// Those of dbt: starc's own are for its macros.
static size_t method_names(Arena *a, const Object *o, const Str **out) {
  const Method *tables[METHOD_TABLES];
  VEC(Str) names = {0};
  method_tables((const AdapterRules *)o, tables);
  for (size_t i = 0; i < METHOD_TABLES; i++)
    for (const Method *m = tables[i]; m->native.name; m++)
      if (!str_starts(str_c(m->native.name), STR("starc_")))
        vec_push(a, &names, str_c(m->native.name));
  *out = names.items;
  return names.n;
}

static bool adapter_attr(Eval *ev, Object *o, Str name, Value *out) {
  Context *c = context_of(ev);
  const Method *tables[METHOD_TABLES], *m = NULL;
  method_tables((const AdapterRules *)o, tables);
  for (size_t i = 0; !m && i < METHOD_TABLES; i++)
    m = find_method(tables[i], name);
  if (m) {
    *out = method_value(eval_arena(ev), m, context_standins(c));
    return true;
  }
  if (str_is(name, "behavior")) {
    *out = val_obj((void *)(uintptr_t)&behavior_object);
    return true;
  }
  if (str_is(name, "config")) {
    *out = project_object(c, ev);
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

const ObjectType adapter_type = {.name = "Adapter", .attr = adapter_attr, .names = method_names};

bool adapter_value(Context *c, Eval *ev, Value *out) {
  (void)ev;
  *out = val_obj((void *)(uintptr_t)&c->shared->dialect->adapter->object);
  return true;
}
