// What hangs on a relation: its path and policies, and the views of its information schema.
#include "evaluation.h"
#include "internal.h"
#include "relation.h"

enum { PARTS = 3 };
static const char *const part_names[PARTS] = {"database", "schema", "identifier"};

// relation.path, .quote_policy, .include_policy: three fields, printed as Python's dataclass is.
typedef struct Parts {
  Object object;
  const char *name; // "Path", "Policy"
  Value v[PARTS];
} Parts;

static void parts_print(const Object *o, Buf *out) {
  const Parts *p = (const Parts *)o;
  buf_add(out, str_c(p->name));
  for (size_t i = 0; i < PARTS; i++) {
    buf_addf(out, "%s%s=", i ? ", " : "(", part_names[i]);
    val_repr(out, p->v[i]);
  }
  buf_adds(out, ")");
}

static bool parts_eq(const Object *a, Value other) {
  const Parts *x = (const Parts *)a;
  if (!val_is_type(other, a->type) || strcmp(x->name, ((const Parts *)other.obj)->name))
    return false;
  for (size_t i = 0; i < PARTS; i++)
    if (!val_eq(x->v[i], ((const Parts *)other.obj)->v[i]))
      return false;
  return true;
}

static uint64_t parts_hash(const Object *o) { return str_hash(str_c(((const Parts *)o)->name)); }

static Value parts_to_dict(Eval *ev, const Value *v) {
  return relation_parts_dict(eval_arena(ev), v[0]);
}

static Value parts_replace(Eval *ev, const Value *v) {
  Parts *copy = arena_new(eval_arena(ev), Parts);
  *copy = *(const Parts *)v[0].obj;
  for (size_t i = 0; i < PARTS; i++)
    if (native_given(v[i + 1]))
      copy->v[i] = v[i + 1];
  return val_obj(copy);
}

static Value parts_get(Eval *ev, const Value *v) {
  Str key = context_text_arg(ev, v[1], "get_part", "the part");
  for (size_t i = 0; i < PARTS; i++)
    if (str_eq(key, str_c(part_names[i])))
      return ((const Parts *)v[0].obj)->v[i];
  eval_fail(ev, "a relation has no part '%.*s'", STR_ARG(key));
}

static Value parts_lowered(Eval *ev, const Value *v) {
  Value part = parts_get(ev, v), lower;
  if (part.kind != VAL_STR || !method_lookup(eval_arena(ev), part, STR("lower"), &lower))
    return part;
  return eval_call(ev, lower, &(Args){0});
}

// clang-format off
const Native parts_methods[] = {
    {"to_dict",          parts_to_dict, "self",                          "the three as a dict"},
    {"replace",          parts_replace, "self, database=..., schema=..., identifier=...", "with other values"},
    {"incorporate",      parts_replace, "self, database=..., schema=..., identifier=...", "with other values"},
    {"get_part",         parts_get,     "self, key",                     "the value of database, schema or identifier"},
    {"get_lowered_part", parts_lowered, "self, key",                     "the same in lower case"},
    {0},
};
// clang-format on

static bool parts_attr(Eval *ev, Object *o, Str name, Value *out) {
  for (size_t i = 0; i < PARTS; i++)
    if (str_eq(name, str_c(part_names[i]))) {
      *out = ((const Parts *)o)->v[i];
      return true;
    }
  return native_find(eval_arena(ev), parts_methods, ((const Parts *)o)->name, name, val_obj(o),
                     out);
}

static const ObjectType parts_type = {.name = "Parts",
                                      .attr = parts_attr,
                                      .str = parts_print,
                                      .repr = parts_print,
                                      .eq = parts_eq,
                                      .hash = parts_hash};

Value relation_parts(Arena *a, const char *name, const Value v[3]) {
  Parts *p = arena_new(a, Parts);
  *p = (Parts){
      {&parts_type},
      name, { v[0], v[1], v[2]}
  };
  return val_obj(p);
}

Value relation_parts_dict(Arena *a, Value v) {
  if (!val_is_type(v, &parts_type))
    return v;
  Value d = val_dict(a);
  for (size_t i = 0; i < PARTS; i++)
    dict_sets(a, d.dict, str_c(part_names[i]), ((const Parts *)v.obj)->v[i]);
  return d;
}

// information_schema(view): the schema's view of that name. Prints as "db".INFORMATION_SCHEMA.view
typedef struct SchemaView {
  Object object;
  Str database, view;
  bool has_database, quote_database;
} SchemaView;

static void view_print(const Object *o, Buf *out) {
  const SchemaView *v = (const SchemaView *)o;
  if (v->has_database) {
    if (v->quote_database)
      dialect_double_quoted(out, v->database);
    else
      buf_add(out, v->database);
    buf_adds(out, ".");
  }
  buf_adds(out, "INFORMATION_SCHEMA");
  if (v->view.len)
    buf_addf(out, ".%.*s", STR_ARG(v->view));
}
static void view_repr(const Object *o, Buf *out) {
  buf_adds(out, "<InformationSchema ");
  view_print(o, out);
  buf_adds(out, ">");
}
static Value view_render(Eval *ev, const Value *v) {
  return val_str(val_to_str(eval_arena(ev), v[0]));
}

// include() and quote() of the database; the other parts are always there, unquoted.
static Value view_include(Eval *ev, const Value *v) {
  SchemaView *copy = arena_new(eval_arena(ev), SchemaView);
  *copy = *(const SchemaView *)v[0].obj;
  if (v[1].kind != VAL_NONE)
    copy->has_database = copy->database.len && val_truth(v[1]);
  return val_obj(copy);
}
static Value view_quote(Eval *ev, const Value *v) {
  SchemaView *copy = arena_new(eval_arena(ev), SchemaView);
  *copy = *(const SchemaView *)v[0].obj;
  if (v[1].kind != VAL_NONE)
    copy->quote_database = val_truth(v[1]);
  return val_obj(copy);
}

// clang-format off
const Native schema_view_methods[] = {
    {"render",  view_render,  "self",                                              "as it stands in a statement"},
    {"include", view_include, "self, database=none, schema=none, identifier=none", "with or without its database"},
    {"quote",   view_quote,   "self, database=none, schema=none, identifier=none",
     "with or without quotes around its database"},
    {0},
};
// clang-format on

static bool view_attr(Eval *ev, Object *o, Str name, Value *out) {
  if (native_find(eval_arena(ev), schema_view_methods, "InformationSchema", name, val_obj(o), out))
    return true;
  const SchemaView *v = (const SchemaView *)o;
  if (str_is(name, "information_schema_view"))
    *out = val_text_or_none(v->view);
  else if (str_is(name, "database"))
    *out = v->has_database ? val_str(v->database) : val_none();
  else if (str_is(name, "schema"))
    *out = val_lit("INFORMATION_SCHEMA");
  else if (str_is(name, "identifier"))
    *out = val_text_or_none(v->view);
  else
    return false;
  return true;
}
const ObjectType schema_view_type = {
    .name = "InformationSchema", .attr = view_attr, .str = view_print, .repr = view_repr};

Value schema_view(Arena *a, Value database, bool quoted, Str name) {
  SchemaView *v = arena_new(a, SchemaView);
  v->object.type = &schema_view_type;
  v->has_database = database.kind == VAL_STR;
  v->database = v->has_database ? val_text(database) : STR("");
  v->quote_database = quoted;
  v->view = name;
  return val_obj(v);
}
