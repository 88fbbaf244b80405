// What only Postgres' adapter has: indexes, views that are replaced in place, the check of the
// database. Names and results are dbt-postgres'.
#include "postgres.h"

#include "../../context/adapter.h"
#include "../../context/ask.h"
#include "../../context/config_object.h"
#include "../../context/evaluation.h"
#include "../../context/results.h"
#include "../sql_look.h"

// --- indexes

typedef struct Index {
  Object object;
  Value columns; // list of texts
  bool unique;
  Str type; // empty: none
} Index;

// The name is a function of what the index is and of the invocation: a table that is built anew
// exists beside the old one for a moment, and names of indexes are the schema's.
static Value fn_index_render(Eval *ev, const Value *v) {
  const Index *x = (const Index *)v[0].obj;
  Arena *a = eval_arena(ev);
  Value relation = v[1];
  Buf text = {.arena = a};
  for (size_t i = 0; i < x->columns.list->n; i++)
    buf_addf(&text, "%.*s_", STR_ARG(val_to_str(a, x->columns.list->items[i])));
  buf_addf(&text, "%.*s_%s_%.*s_", STR_ARG(text_or_empty(a, relation)),
           x->unique ? "True" : "False", STR_ARG(x->type));
  buf_add(&text, context_of(ev)->shared->project->invocation_id);
  char hex[33];
  hash_md5_hex(buf_str(&text), hex);
  return val_str(str_dup(a, str_c(hex)));
}

// clang-format off
static const Native index_methods[] = {
    {"render", fn_index_render, "self, relation", "the index's name"},
    {0},
};
// clang-format on

static bool index_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Index *x = (const Index *)o;
  if (str_is(name, "columns"))
    *out = x->columns;
  else if (str_is(name, "unique"))
    *out = val_bool(x->unique);
  else if (str_is(name, "type"))
    *out = val_text_or_none(x->type);
  else
    return native_find(eval_arena(ev), index_methods, "index", name, val_obj(o), out);
  return true;
}
static void index_repr(const Object *o, Buf *out) {
  const Index *x = (const Index *)o;
  buf_adds(out, "PostgresIndexConfig(columns=");
  val_repr(out, x->columns);
  buf_addf(out, ", unique=%s, type=", x->unique ? "True" : "False");
  val_repr(out, val_text_or_none(x->type));
  buf_adds(out, ")");
}
static const ObjectType index_type = {
    .name = "PostgresIndexConfig", .attr = index_attr, .repr = index_repr};

static Value fn_parse_index(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value raw = v[0];
  if (val_is_absent(raw))
    return val_none();
  static const Str keys[] = {STR_INIT("columns"), STR_INIT("unique"), STR_INIT("type")};
  if (raw.kind != VAL_DICT)
    eval_fail_code(ev, CODE_WRONG_TYPE, "an index is a dict with columns, unique and type, not %s",
                   val_type_name(raw));
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(raw.dict, &at));) {
    Str key = val_to_str(a, e->key);
    bool known = false;
    for (size_t i = 0; i < 3; i++)
      known |= str_eq(key, keys[i]);
    if (!known)
      eval_fail_unknown(ev, CODE_UNKNOWN_KEY, (Unknown){.name = key, .names = keys, .n = 3},
                        "an index has no key '%.*s'", STR_ARG(key));
  }
  Index *x = arena_new(a, Index);
  x->object.type = &index_type;
  x->columns = val_get(raw, STR("columns"));
  bool good = x->columns.kind == VAL_LIST;
  for (size_t i = 0; good && i < x->columns.list->n; i++)
    good = x->columns.list->items[i].kind == VAL_STR;
  if (!good)
    eval_fail_code(ev, CODE_WRONG_TYPE, "the columns of an index are a list of names");
  Value unique = val_get(raw, STR("unique")); // 'no' is a text, and as such true
  if (!val_is_absent(unique) && unique.kind != VAL_BOOL)
    context_fail_config(ev, CODE_WRONG_TYPE, STR("indexes"),
                        STR("write true or false, without quotes"),
                        "`unique` of an index is true or false, not %s", val_type_name(unique));
  x->unique = val_truth(unique);
  x->type = text_or_empty(a, val_get(raw, STR("type")));
  return val_obj(x);
}

// Postgres reads one database at a time.
static Value fn_verify_database(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Str name = text_or_empty(a, v[0]);
  if (name.len > 1 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"')
    name = str_sub(name, 1, name.len - 1);
  const Target *t = context_of(ev)->shared->project->target;
  if (t && !str_eq_nocase(name, t->database))
    eval_fail_code(ev, CODE_UNSUPPORTED, "Postgres cannot reach the database '%.*s' from '%.*s'",
                   STR_ARG(name), STR_ARG(t->database));
  return val_lit("");
}

// starc_or_replace(sql): the text, of which the one `create view` replaces what is there. none: it
// makes something else.
static Value fn_or_replace(Eval *ev, const Value *v) {
  Buf out = {.arena = eval_arena(ev)};
  Str sql = context_text_arg(ev, v[0], "adapter.starc_or_replace", "the statement");
  bool found = sql_or_replace_view(&out, context_of(ev)->shared->dialect->sql, sql);
  return found ? val_str(buf_str(&out)) : val_none();
}

// starc_replace_view(sql, view, rights, comments, alone): the response, or none where the view
// cannot be replaced in place. alone: no transaction is needed.
static Value fn_replace_view(Eval *ev, const Value *v) {
  DbResult r;
  Context *c = context_of(ev);
  DbPlace place = {.view = context_text_arg(ev, v[1], "adapter.starc_replace_view", "the view"),
                   .rights = val_truth(v[2]),
                   .comments = val_truth(v[3])};
  Str sql = context_text_arg(ev, v[0], "adapter.starc_replace_view", "the statement");
  if (!val_truth(v[4]))
    context_begin(ev, c);
  return context_place(ev, c, sql, &place, &r) ? response_value(c->arena, &r) : val_none();
}

// starc_own_macros(names): whether they are starc's, also by the names that dispatch tries.
static Value fn_own_macros(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Context *c = context_of(ev);
  const char *const before[] = {"", "default__", "postgres__"};
  Value names = v[0];
  bool own = true;
  for (size_t i = 0; val_is_seq(names) && i < names.list->n; i++)
    for (size_t k = 0; k < COUNT(before); k++) {
      Str name = str_cat(a, str_c(before[k]), val_to_str(a, names.list->items[i]));
      const MacroEntry *e = macros_find_anywhere(c->shared->macros, name);
      own = own && (!e || e->package->is_internal);
    }
  return val_bool(own);
}

// clang-format off
const Method postgres_methods[] = {
    {{"starc_or_replace",   fn_or_replace,      "sql", "the statement as create or replace"}, REAL},
    {{"starc_replace_view", fn_replace_view,    "sql, view, rights=false, comments=false, opened=false",
      "replaces a view in place; none where Postgres refuses"}, GIVE_NONE},
    {{"starc_own_macros",   fn_own_macros,      "names",
      "whether the project has a macro of one of these names"}, REAL},
    {{"parse_index",        fn_parse_index,     "raw_index", "an index of the config as an object"}, REAL},
    {{"verify_database",    fn_verify_database, "database", "fails for another database than the target's"}, REAL},
    {{0}, REAL},
};
// clang-format on

const NativeTable postgres_natives[] = {
    {"adapter on Postgres", "adapter", "method", &postgres_methods[0].native, sizeof(Method)},
    {"Indexes that adapter.parse_index() reads",             "index", "method", index_methods, sizeof(Native)},
    {0      },
};
