// Columns as templates see them: api.Column and what get_columns_in_relation gives. In: a name and
// a type's text. Out: objects that know what kind of type it is. Leaves the kinds to the rules of
// each database.
#include "column.h"

#include "adapter.h"
#include "evaluation.h"

// --- what kind of type

bool column_in_words(Str type, const char *const *words) {
  for (; *words; words++)
    if (str_eq_nocase(type, str_c(*words)))
      return true;
  return false;
}

static const ColumnRules *rules_of(const ColumnObj *c) { return c->dialect->adapter->column; }

bool column_is_string(const ColumnObj *c) { return rules_of(c)->is_string(c->dtype); }
static bool is_integer(const ColumnObj *c) { return rules_of(c)->is_integer(c->dtype); }
static bool is_float(const ColumnObj *c) { return rules_of(c)->is_float(c->dtype); }
static bool is_numeric(const ColumnObj *c) { return rules_of(c)->is_numeric(c->dtype); }
static bool is_number(const ColumnObj *c) { return is_integer(c) || is_float(c) || is_numeric(c); }

// --- making one

bool is_column(Value v) { return v.kind == VAL_OBJECT && v.obj->type->attr == column_attr; }

Value column_size(Str s) {
  s = str_trim(s);
  int64_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9' || n > 100000000)
      return val_none();
    n = n * 10 + (s.ptr[i] - '0');
  }
  return s.len ? val_int(n) : val_none();
}

Value column_new(Eval *ev, Arena *a, const Dialect *d, Str name, Str dtype, Value size,
                 Value precision, Value scale) {
  (void)ev;
  ColumnObj *c = arena_new(a, ColumnObj);
  *c = (ColumnObj){.dialect = d,
                   .name = name,
                   .dtype = dtype,
                   .char_size = val_is_absent(size) ? val_none() : size,
                   .precision = val_is_absent(precision) ? val_none() : precision,
                   .scale = val_is_absent(scale) ? val_none() : scale};
  c->object.type = &rules_of(c)->type;
  if (rules_of(c)->read)
    rules_of(c)->read(c);
  return val_obj(c);
}

// "varchar(20)", "numeric(10,2)": a type with its sizes.
static Value from_description(Eval *ev, Arena *a, const Dialect *d, Str name, Str raw) {
  ptrdiff_t open = d->adapter->column->sized ? str_find(raw, STR("("), 0) : -1;
  if (open < 0)
    return column_new(ev, a, d, name, raw, val_none(), val_none(), val_none());
  ptrdiff_t close = str_find(raw, STR(")"), (size_t)open);
  Str dtype = str_trim(str_sub(raw, 0, (size_t)open));
  if (close < 0)
    return column_new(ev, a, d, name, dtype, val_none(), val_none(), val_none());
  Str sizes = str_sub(raw, (size_t)open + 1, (size_t)close);
  ptrdiff_t comma = str_find(sizes, STR(","), 0);
  Value first = column_size(comma < 0 ? sizes : str_sub(sizes, 0, (size_t)comma));
  Value second = comma < 0 ? val_none() : column_size(str_sub(sizes, (size_t)comma + 1, sizes.len));
  if (first.kind == VAL_NONE || (comma >= 0 && second.kind == VAL_NONE))
    eval_fail(ev, "the sizes of the type '%.*s' are not whole numbers", STR_ARG(raw));
  if (comma < 0)
    return column_new(ev, a, d, name, dtype, first, val_none(), val_none());
  return column_new(ev, a, d, name, dtype, val_none(), first, second);
}

Value column_from_db(Eval *ev, Arena *a, const Dialect *d, const DbColumn *c) {
  const ColumnRules *rules = d->adapter->column;
  if (rules->family)
    return column_new(ev, a, d, c->name, d->translate_type(rules->family(a, c->type)), val_none(),
                      val_none(), val_none());
  return from_description(ev, a, d, c->name, c->type);
}

// --- its type as text

Str column_sized(Arena *a, Str word, const char *comma, Value precision, Value scale) {
  if (precision.kind != VAL_INT || scale.kind != VAL_INT)
    return word;
  return str_fmt(a, "%.*s(%lld%s%lld)", STR_ARG(word), (long long)precision.i, comma,
                 (long long)scale.i);
}

Str column_data_type(Arena *a, const ColumnObj *c) { return rules_of(c)->data_type(a, c); }

Str column_whole_type(Arena *a, const ColumnObj *c) {
  return c->whole_type.len ? c->whole_type : column_data_type(a, c);
}

int64_t column_string_size(Eval *ev, const ColumnObj *c) {
  if (!column_is_string(c))
    eval_fail(ev, "string_size() asked of the column '%.*s', which is no text", STR_ARG(c->name));
  if (str_eq_nocase(c->dtype, STR("text")) || c->char_size.kind != VAL_INT)
    return 256;
  return c->char_size.i;
}

bool column_can_expand(Eval *ev, const ColumnObj *from, const ColumnObj *to) {
  return column_is_string(from) && column_is_string(to) &&
         column_string_size(ev, to) > column_string_size(ev, from);
}

// --- methods

static ColumnObj *self_column(Value self) { return (ColumnObj *)self.obj; }

static Value fn_is_string(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(column_is_string(self_column(v[0])));
}
static Value fn_is_integer(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(is_integer(self_column(v[0])));
}
static Value fn_is_float(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(is_float(self_column(v[0])));
}
static Value fn_is_numeric(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(is_numeric(self_column(v[0])));
}
static Value fn_is_number(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(is_number(self_column(v[0])));
}

static Value fn_string_size(Eval *ev, const Value *v) {
  return val_int(column_string_size(ev, self_column(v[0])));
}

static Value fn_can_expand_to(Eval *ev, const Value *v) {
  Value other = v[1];
  if (!is_column(other))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "can_expand_to() takes a column, not %s",
                   val_type_name(other));
  return val_bool(column_can_expand(ev, self_column(v[0]), (ColumnObj *)other.obj));
}

static Value fn_literal(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const ColumnObj *c = self_column(v[0]);
  return val_str(rules_of(c)->literal(a, c, text_or_empty(a, v[1])));
}

// --- of the class

static const Dialect *dialect_of(Eval *ev) { return context_of(ev)->shared->dialect; }

static Value fn_translate_type(Eval *ev, const Value *v) {
  Str type = context_text_arg(ev, v[0], "translate_type", "the type");
  return val_str(dialect_of(ev)->translate_type(type));
}

static Value fn_create(Eval *ev, const Value *v) {
  const Dialect *d = dialect_of(ev);
  Str type = context_text_arg(ev, v[1], "Column.create", "the type");
  return column_new(ev, eval_arena(ev), d, context_text_arg(ev, v[0], "Column.create", "the name"),
                    d->translate_type(type), val_none(), val_none(), val_none());
}

static Value fn_from_description(Eval *ev, const Value *v) {
  return from_description(ev, eval_arena(ev), dialect_of(ev),
                          context_text_arg(ev, v[0], "Column.from_description", "the name"),
                          context_text_arg(ev, v[1], "Column.from_description", "the type"));
}

static Value fn_string_type(Eval *ev, const Value *v) {
  return val_str(dialect_of(ev)->adapter->column->string_type(eval_arena(ev), v[0]));
}

static Value fn_numeric_type(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Str word = text_or_empty(a, v[0]);
  return val_str(dialect_of(ev)->adapter->column->numeric_type(a, word, v[1], v[2]));
}

// clang-format off
const Native column_functions[] = {
    {"create",           fn_create,           "name, label_or_dtype",   "a column"
     "\n{{ api.Column.create('name', 'String').name }}\n=> name"},
    {"translate_type",   fn_translate_type,   "dtype",                  "the database's word for a type"
     "\n{{ api.Column.translate_type('text') }}\n=> text"},
    {"from_description", fn_from_description, "name, raw_data_type",    "a column of a type as the database writes it"
     "\n{{ api.Column.from_description('n', 'Nullable(Int64)').dtype }}\n=> Int64"},
    {"string_type",      fn_string_type,      "size",                   "the type of a text of that size"
     "\n{{ api.Column.string_type(10) }}\n=> String"},
    {"numeric_type",     fn_numeric_type,     "dtype, precision, scale", "a type with its sizes"
     "\n{{ api.Column.numeric_type('numeric', 10, 2) }}\n=> Decimal(10, 2)"},
    {0},
};
// clang-format on

// clang-format off
const Native column_methods[] = {
    {"is_string",     fn_is_string,     "self",               "whether it holds text"
     "\n{{ api.Column('name', 'String').is_string() }}\n=> True"},
    {"is_integer",    fn_is_integer,    "self",               "whether it holds whole numbers"
     "\n{{ api.Column('n', 'Int64').is_integer() }}\n=> True"},
    {"is_float",      fn_is_float,      "self",               "whether it holds floating-point numbers"
     "\n{{ api.Column('n', 'Float64').is_float() }}\n=> True"},
    {"is_numeric",    fn_is_numeric,    "self",               "whether it holds decimal numbers"
     "\n{{ api.Column('n', 'Decimal(10, 2)').is_numeric() }}\n=> True"},
    {"is_number",     fn_is_number,     "self",               "whether it holds numbers"
     "\n{{ api.Column('n', 'Int64').is_number() }}\n=> True"},
    {"string_size",   fn_string_size,   "self",               "how long its texts may be"
     "\n{{ api.Column('name', 'String').string_size() }}\n=> 256"},
    {"can_expand_to", fn_can_expand_to, "self, other_column", "whether it can be made as wide as another"
     "\n{{ api.Column('name', 'String').can_expand_to(api.Column('name', 'String')) }}\n=> False"},
    {"literal",       fn_literal,       "self, value",        "a text as a value of its type"
     "\n{{ api.Column('name', 'String').literal('a') }}\n=> toString(a)"},
    {0},
};
// clang-format on

bool column_attr(Eval *ev, Object *o, Str name, Value *out) {
  const ColumnObj *c = (const ColumnObj *)o;
  Arena *a = eval_arena(ev);
  if (str_is(name, "name") || str_is(name, "column"))
    *out = val_str(c->name);
  else if (str_is(name, "dtype"))
    *out = val_str(c->dtype);
  else if (str_is(name, "data_type") || str_is(name, "expanded_data_type"))
    *out = val_str(column_data_type(a, c));
  else if (str_is(name, "starc_type"))
    *out = val_str(column_whole_type(a, c));
  else if (str_is(name, "quoted")) {
    Buf b = {.arena = a};
    dialect_double_quoted(&b, c->name);
    *out = val_str(buf_str(&b));
  } else if (str_is(name, "char_size"))
    *out = c->char_size;
  else if (str_is(name, "numeric_precision"))
    *out = c->precision;
  else if (str_is(name, "numeric_scale"))
    *out = c->scale;
  else if (!rules_of(c)->attr || !rules_of(c)->attr(c, name, out))
    return native_find(a, column_methods, "Column", name, val_obj(o), out) ||
           native_find(a, column_functions, "Column", name, val_none(), out);
  return true;
}

bool column_eq(const Object *o, Value other) {
  if (!is_column(other) || other.obj->type != o->type)
    return false;
  const ColumnObj *x = (const ColumnObj *)o, *y = (const ColumnObj *)other.obj;
  return str_eq(x->name, y->name) && str_eq(x->dtype, y->dtype) && x->nullable == y->nullable &&
         x->low_cardinality == y->low_cardinality && val_eq(x->char_size, y->char_size) &&
         val_eq(x->precision, y->precision) && val_eq(x->scale, y->scale);
}
uint64_t column_hash(const Object *o) { return str_hash(((const ColumnObj *)o)->name); }

static Value make_column(Eval *ev, const Value *v) {
  const Dialect *d = dialect_of(ev);
  Value column = column_new(ev, eval_arena(ev), d, context_text_arg(ev, v[0], "Column", "the name"),
                            context_text_arg(ev, v[1], "Column", "the type"), v[2], v[3], v[4]);
  if (v[5].kind == VAL_STR)
    self_column(column)->whole_type = val_text(v[5]);
  return column;
}

// Where a database's types have no sizes, Column() takes none.
static Value make_plain_column(Eval *ev, const Value *v) {
  Value all[] = {v[0], v[1], val_none(), val_none(), val_none(), val_none()};
  return make_column(ev, all);
}

// clang-format off
const Native column_makers[] = {
    {"Column", make_column,       "column, dtype, char_size=none, numeric_precision=none, numeric_scale=none, starc_type=none",
     "a column"},
    {"Column", make_plain_column, "column, dtype", "a column of a database whose types have no sizes of their own"},
    {0},
};
// clang-format on

static Value class_call(Eval *ev, Object *o, const Args *args) {
  (void)o;
  const ColumnRules *rules = dialect_of(ev)->adapter->column;
  return native_call(ev, &(Func){.native = &column_makers[rules->nfields > 2 ? 0 : 1]}, args);
}
// What translate_type makes other words of.
static Value type_labels(Eval *ev) {
  static const Str words[] = {STR_INIT("STRING"), STR_INIT("TIMESTAMP"), STR_INIT("FLOAT"),
                              STR_INIT("INTEGER")};
  Value labels = val_dict(eval_arena(ev));
  for (size_t i = 0; i < COUNT(words); i++) {
    Str label = dialect_of(ev)->translate_type(words[i]);
    if (!str_eq(label, words[i]))
      dict_sets(eval_arena(ev), labels.dict, words[i], val_str(label));
  }
  return labels;
}

static bool class_attr(Eval *ev, Object *o, Str name, Value *out) {
  (void)o;
  if (str_is(name, "TYPE_LABELS")) {
    *out = type_labels(ev);
    return true;
  }
  return native_find(eval_arena(ev), column_functions, "Column", name, val_none(), out);
}
static void class_repr(const Object *o, Buf *out) {
  (void)o;
  buf_adds(out, "<class 'Column'>");
}
static const ObjectType column_class_type = {
    .name = "type", .attr = class_attr, .call = class_call, .repr = class_repr};
static const Object class_object = {&column_class_type};

Value column_class(const Dialect *d) {
  (void)d;
  return val_obj((void *)(uintptr_t)&class_object);
}
