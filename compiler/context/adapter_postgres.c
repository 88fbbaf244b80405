// What only Postgres's adapter has: indexes, the check of the database; and the text of constraints
// for both databases.
#include "../dialect/sql_look.h"
#include "internal.h"

// --- indexes

typedef struct Index {
  Object object;
  Value columns; // list of texts
  bool unique;
  Str type; // empty: none
} Index;

// The name is a function of what the index is and of the invocation: a table that is built anew
// exists beside the old one for a moment, and names of indexes are the schema's.
static Value fn_index_render(Eval *ev, Value self, const Args *args) {
  const Index *x = (const Index *)self.obj;
  Arena *a = eval_arena(ev);
  Value relation = args->npos ? args->pos[0] : args_kw(args, STR("relation"), val_undef(NULL));
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

static bool index_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Index *x = (const Index *)o;
  if (str_is(name, "columns"))
    *out = x->columns;
  else if (str_is(name, "unique"))
    *out = val_bool(x->unique);
  else if (str_is(name, "type"))
    *out = str_or_none(x->type);
  else if (str_is(name, "render"))
    *out = val_func(eval_arena(ev), "render", fn_index_render, val_obj(o));
  else
    return false;
  return true;
}
static void index_repr(const Object *o, Buf *out) {
  const Index *x = (const Index *)o;
  buf_adds(out, "PostgresIndexConfig(columns=");
  val_repr(out, x->columns);
  buf_addf(out, ", unique=%s, type=", x->unique ? "True" : "False");
  val_repr(out, str_or_none(x->type));
  buf_adds(out, ")");
}
static const ObjectType index_type = {
    .name = "PostgresIndexConfig", .attr = index_attr, .repr = index_repr};

static Value fn_parse_index(Eval *ev, Value self, const Args *args) {
  (void)self;
  Arena *a = eval_arena(ev);
  Value raw = args->npos ? args->pos[0] : args_kw(args, STR("raw_index"), val_none());
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
static Value fn_verify_database(Eval *ev, Value self, const Args *args) {
  (void)self;
  Arena *a = eval_arena(ev);
  Str name =
      text_or_empty(a, args->npos ? args->pos[0] : args_kw(args, STR("database"), val_none()));
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
static Value fn_or_replace(Eval *ev, Value self, const Args *args) {
  (void)self;
  Buf out = {.arena = eval_arena(ev)};
  Str sql = text_arg(ev, arg(args, 0), "adapter.starc_or_replace", "the statement");
  bool found = sql_or_replace_view(&out, context_of(ev)->shared->dialect->sql, sql);
  return found ? val_str(buf_str(&out)) : val_none();
}

// starc_replace_view(sql, view, rights, comments, alone): the response, or none where the view
// cannot be replaced in place. alone: no transaction is needed.
static Value fn_replace_view(Eval *ev, Value self, const Args *args) {
  (void)self;
  DbResult r;
  Context *c = context_of(ev);
  DbPlace place = {.view = text_arg(ev, arg(args, 1), "adapter.starc_replace_view", "the view"),
                   .rights = val_truth(arg(args, 2)),
                   .comments = val_truth(arg(args, 3))};
  Str sql = text_arg(ev, arg(args, 0), "adapter.starc_replace_view", "the statement");
  if (!val_truth(arg(args, 4)))
    context_begin(ev, c);
  return context_place(ev, c, sql, &place, &r) ? response_value(c->arena, &r) : val_none();
}

// starc_own_macros(names): whether they are starc's, also by the names that dispatch tries.
static Value fn_own_macros(Eval *ev, Value self, const Args *args) {
  (void)self;
  Arena *a = eval_arena(ev);
  const Context *c = context_of(ev);
  const char *const before[] = {"", "default__", "postgres__"};
  Value names = arg(args, 0);
  bool own = true;
  for (size_t i = 0; val_is_seq(names) && i < names.list->n; i++)
    for (size_t k = 0; k < sizeof before / sizeof *before; k++) {
      Str name = str_cat(a, str_c(before[k]), val_to_str(a, names.list->items[i]));
      const MacroEntry *e = macros_find_anywhere(c->shared->macros, name);
      own = own && (!e || e->package->is_internal);
    }
  return val_bool(own);
}

const Method adapter_methods_postgres[] = {
    METHOD("starc_or_replace", REAL, fn_or_replace),
    METHOD("starc_replace_view", GIVE_NONE, fn_replace_view),
    METHOD("starc_own_macros", REAL, fn_own_macros),
    METHOD("parse_index", REAL, fn_parse_index),
    METHOD("verify_database", REAL, fn_verify_database),
    {0},
};

// --- constraints

static Str field(Arena *a, Value d, const char *key) {
  return text_or_empty(a, val_get(d, str_c(key)));
}

static Str name_list(Eval *ev, Value names) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  for (size_t i = 0; val_is_seq(names) && i < names.list->n; i++)
    buf_addf(&out, "%s%.*s", i ? ", " : "", STR_ARG(val_to_str(a, names.list->items[i])));
  return buf_str(&out);
}

static void unsupported(Eval *ev, Context *c, Value constraint, Str type) {
  Value quiet = val_get(constraint, STR("warn_unsupported"));
  if (c->shared->warn && (val_is_absent(quiet) || val_truth(quiet)))
    c->shared->warn(
        c->shared->data, c->node,
        str_fmt(eval_arena(ev),
                "the constraint '%.*s' is not supported here on ClickHouse: it is left out "
                "(warn_unsupported: false silences this)",
                STR_ARG(type)));
}

// The table of a foreign key: a name, or a call of ref() or source().
static Str referenced(Eval *ev, Str to) {
  ptrdiff_t open = str_find(to, STR("("), 0);
  Str fn = str_trim(str_sub(to, 0, open < 0 ? 0 : (size_t)open)), out;
  if (!str_is(fn, "ref") && !str_is(fn, "source"))
    return to;
  Arena *a = eval_arena(ev);
  Diags diags = {0};
  diags_init(&diags);
  Source *src = arena_new(a, Source);
  *src =
      (Source){.path = STR("constraint"), .text = str_fmt(a, "{{ (%.*s).render() }}", STR_ARG(to))};
  Template *t = template_parse(a, src, &diags);
  EvalOptions o = context_options(context_of(ev), &diags);
  bool good = t && template_render(t, &o, &out);
  Str why = good || !diags.first ? STR("") : str_dup(a, diags.first->message);
  diags_free(&diags);
  if (!good)
    eval_fail_code(ev, CODE_CONFIG_VALUE, "the foreign key to %.*s: %.*s", STR_ARG(to),
                   STR_ARG(why));
  return out;
}

// Whether a foreign key says where it goes: one that does not is left out.
static bool has_end(Arena *a, Value c) {
  bool named = field(a, c, "to").len && val_truth(val_get(c, STR("to_columns")));
  return named || field(a, c, "expression").len;
}

// " references other (x)" of a foreign key: an expression, or to and to_columns.
static void references(Eval *ev, Buf *out, Value c) {
  Arena *a = eval_arena(ev);
  Str to = field(a, c, "to"), expression = field(a, c, "expression");
  if (to.len && val_truth(val_get(c, STR("to_columns"))))
    buf_addf(out, "references %.*s (%.*s)", STR_ARG(referenced(ev, to)),
             STR_ARG(name_list(ev, val_get(c, STR("to_columns")))));
  else
    buf_addf(out, "references %.*s", STR_ARG(expression));
}

static void column_constraint(Eval *ev, Buf *out, Value c) {
  Arena *a = eval_arena(ev);
  Str type = field(a, c, "type"), expression = field(a, c, "expression");
  size_t before = out->len;
  buf_adds(out, " ");
  if (str_is(type, "check") && expression.len)
    buf_addf(out, "check (%.*s)", STR_ARG(expression));
  else if (str_is(type, "not_null"))
    buf_adds(out, "not null");
  else if (str_is(type, "unique"))
    buf_adds(out, "unique");
  else if (str_is(type, "primary_key"))
    buf_adds(out, "primary key");
  else if (str_is(type, "foreign_key") && has_end(a, c))
    references(ev, out, c);
  else if (str_is(type, "custom") && expression.len)
    buf_add(out, expression);
  else
    out->len = before;
  bool used = str_is(type, "check") || str_is(type, "foreign_key") || str_is(type, "custom");
  if (out->len > before && !used && expression.len)
    buf_addf(out, " %.*s", STR_ARG(expression));
}

static void clickhouse_column(Eval *ev, Context *c, Buf *out, Value column, Value constraints) {
  Arena *a = eval_arena(ev);
  Str codec = field(a, column, "codec"), ttl = field(a, column, "ttl");
  if (codec.len)
    buf_addf(out, " CODEC(%.*s)", STR_ARG(codec));
  if (ttl.len)
    buf_addf(out, " TTL %.*s", STR_ARG(ttl));
  for (size_t i = 0; val_is_seq(constraints) && i < constraints.list->n; i++)
    unsupported(ev, c, constraints.list->items[i], field(a, constraints.list->items[i], "type"));
}

Value render_columns(Eval *ev, Context *c, Value columns) {
  Arena *a = eval_arena(ev);
  bool ch = context_is_clickhouse(c);
  if (columns.kind != VAL_DICT)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "render_raw_columns_constraints() takes the dict of a node's columns");
  Value all = val_list(a, columns.dict->n);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(columns.dict, &at));) {
    Buf out = {.arena = a};
    Str name = field(a, e->value, "name"), type = field(a, e->value, "data_type");
    if (ch)
      c->shared->dialect->quote_name(&out, name);
    else if (val_truth(val_get(e->value, STR("quote"))))
      dialect_double_quoted(&out, name);
    else
      buf_add(&out, name);
    buf_addf(&out, " %.*s", STR_ARG(type));
    Value constraints = val_get(e->value, STR("constraints"));
    if (ch)
      clickhouse_column(ev, c, &out, e->value, constraints);
    for (size_t i = 0; !ch && val_is_seq(constraints) && i < constraints.list->n; i++)
      column_constraint(ev, &out, constraints.list->items[i]);
    list_push(a, all.list, val_str(buf_str(&out)));
  }
  return all;
}

static bool model_constraint(Eval *ev, Buf *out, Value c) {
  Arena *a = eval_arena(ev);
  Str type = field(a, c, "type"), expression = field(a, c, "expression"),
      name = field(a, c, "name");
  Str columns = name_list(ev, val_get(c, STR("columns")));
  if (name.len)
    buf_addf(out, "constraint %.*s ", STR_ARG(name));
  if (str_is(type, "check") && expression.len)
    buf_addf(out, "check (%.*s)", STR_ARG(expression));
  else if (str_is(type, "unique") || str_is(type, "primary_key"))
    buf_addf(out, "%s%s%.*s (%.*s)", str_is(type, "unique") ? "unique" : "primary key",
             expression.len ? " " : "", STR_ARG(expression), STR_ARG(columns));
  else if (str_is(type, "foreign_key") && has_end(a, c)) {
    buf_addf(out, "foreign key (%.*s) ", STR_ARG(columns));
    references(ev, out, c);
  } else if (str_is(type, "custom") && expression.len)
    buf_add(out, expression);
  else
    return false;
  return true;
}

Value render_model_constraints(Eval *ev, Context *c, Value constraints) {
  Arena *a = eval_arena(ev);
  Value all = val_list(a, 4);
  Value list = val_is_absent(constraints) ? val_list(a, 0) : ops_list(ev, constraints);
  for (size_t i = 0; i < list.list->n; i++) {
    Value one = list.list->items[i];
    Buf out = {.arena = a};
    Str type = field(a, one, "type"), name = field(a, one, "name");
    Str expression = field(a, one, "expression");
    if (!context_is_clickhouse(c)) {
      if (model_constraint(ev, &out, one))
        list_push(a, all.list, val_str(buf_str(&out)));
    } else if (!str_is(type, "check")) {
      unsupported(ev, c, one, type);
    } else if (!name.len) {
      eval_fail_code(ev, CODE_MISSING_KEY,
                     "ClickHouse needs a name for the check constraint '%.*s'",
                     STR_ARG(expression));
    } else {
      list_push(
          a, all.list,
          val_str(str_fmt(a, "CONSTRAINT %.*s CHECK (%.*s)", STR_ARG(name), STR_ARG(expression))));
    }
  }
  return all;
}
