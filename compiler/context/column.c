// Columns as templates see them: api.Column and what get_columns_in_relation gives. In: a name and
// a type's text. Out: objects that know what kind of type it is. One file for both databases; a
// table says what differs.
#include "internal.h"

#include <stdlib.h>

// --- what kind of type

static bool starts_nocase(Str s, const char *prefix) {
  return s.len >= strlen(prefix) && str_eq_nocase(str_sub(s, 0, strlen(prefix)), str_c(prefix));
}
static bool in_words(Str s, const char *const *words) {
  for (; *words; words++)
    if (str_eq_nocase(s, str_c(*words)))
      return true;
  return false;
}
static bool is_ch(const ColumnObj *c) { return !c->dialect->database_in_names; }

static const char *const pg_strings[] = {"text", "character varying", "character", "varchar", NULL};
static const char *const pg_integers[] = {
    "smallint", "integer", "bigint",  "smallserial", "serial",  "bigserial", "int2",
    "int4",     "int8",    "serial2", "serial4",     "serial8", NULL};
static const char *const pg_floats[] = {"real",   "float4", "float", "double precision",
                                        "float8", "double", NULL};
static const char *const pg_numerics[] = {"numeric", "decimal", NULL};
static const char *const ch_strings[] = {"string",   "text",     "varchar",    "char",
                                         "longtext", "tinytext", "mediumtext", "blob",
                                         "longblob", "tinyblob", "mediumblob", NULL};

bool column_is_string(const ColumnObj *c) {
  return is_ch(c) ? in_words(c->dtype, ch_strings) || starts_nocase(c->dtype, "fixedstring")
                  : in_words(c->dtype, pg_strings);
}
static bool is_integer(const ColumnObj *c) {
  return is_ch(c) ? starts_nocase(c->dtype, "int") || starts_nocase(c->dtype, "uint")
                  : in_words(c->dtype, pg_integers);
}
static bool is_float(const ColumnObj *c) {
  return is_ch(c) ? starts_nocase(c->dtype, "float") : in_words(c->dtype, pg_floats);
}
static bool is_numeric(const ColumnObj *c) {
  return is_ch(c) ? starts_nocase(c->dtype, "decimal") : in_words(c->dtype, pg_numerics);
}
static bool is_number(const ColumnObj *c) { return is_integer(c) || is_float(c) || is_numeric(c); }

// --- making one

bool is_column(Value v) {
  return v.kind == VAL_OBJECT &&
         (v.obj->type == &column_type_postgres || v.obj->type == &column_type_clickhouse);
}

static Str inside(Str type, const char *wrapper) {
  size_t n = strlen(wrapper);
  if (type.len > n + 1 && memcmp(type.ptr, wrapper, n) == 0 && type.ptr[n] == '(' &&
      type.ptr[type.len - 1] == ')')
    return str_sub(type, n + 1, type.len - 1);
  return (Str){NULL, 0};
}

static Value whole(Str s) {
  s = str_trim(s);
  int64_t n = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9' || n > 100000000)
      return val_none();
    n = n * 10 + (s.ptr[i] - '0');
  }
  return s.len ? val_int(n) : val_none();
}

// Nullable and LowCardinality are taken off; the sizes of FixedString and Decimal are read.
static void clickhouse_type(ColumnObj *c) {
  Str in = inside(c->dtype, "LowCardinality");
  if (in.ptr) {
    c->low_cardinality = true;
    c->dtype = in;
  }
  in = inside(c->dtype, "Nullable");
  if (in.ptr) {
    c->nullable = true;
    c->dtype = in;
  }
  in = inside(c->dtype, "FixedString");
  if (in.ptr)
    c->char_size = whole(in);
  in = inside(c->dtype, "Decimal");
  ptrdiff_t comma = in.ptr ? str_find(in, STR(","), 0) : -1;
  if (comma >= 0) {
    c->precision = whole(str_sub(in, 0, (size_t)comma));
    c->scale = whole(str_sub(in, (size_t)comma + 1, in.len));
  }
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
  c->object.type = d->database_in_names ? &column_type_postgres : &column_type_clickhouse;
  if (is_ch(c)) {
    c->whole_type = dtype;
    clickhouse_type(c);
  }
  return val_obj(c);
}

// "varchar(20)", "numeric(10,2)": a type with its sizes.
static Value from_description(Eval *ev, Arena *a, const Dialect *d, Str name, Str raw) {
  ptrdiff_t open = d->database_in_names ? str_find(raw, STR("("), 0) : -1;
  if (open < 0)
    return column_new(ev, a, d, name, raw, val_none(), val_none(), val_none());
  ptrdiff_t close = str_find(raw, STR(")"), (size_t)open);
  Str dtype = str_trim(str_sub(raw, 0, (size_t)open));
  if (close < 0)
    return column_new(ev, a, d, name, dtype, val_none(), val_none(), val_none());
  Str sizes = str_sub(raw, (size_t)open + 1, (size_t)close);
  ptrdiff_t comma = str_find(sizes, STR(","), 0);
  Value first = whole(comma < 0 ? sizes : str_sub(sizes, 0, (size_t)comma));
  Value second = comma < 0 ? val_none() : whole(str_sub(sizes, (size_t)comma + 1, sizes.len));
  if (first.kind == VAL_NONE || (comma >= 0 && second.kind == VAL_NONE))
    eval_fail(ev, "the sizes of the type '%.*s' are not whole numbers", STR_ARG(raw));
  if (comma < 0)
    return column_new(ev, a, d, name, dtype, first, val_none(), val_none());
  return column_new(ev, a, d, name, dtype, val_none(), first, second);
}

// How dbt calls the types of a query's columns on Postgres: by families, as its driver does, so
// that a contract for text is kept by any length of it. What is not here keeps its own name.
static const struct {
  const char *type, *family;
} pg_families[] = {
    {"bigint",                      "LONGINTEGER"},
    {"integer",                     "INTEGER"    },
    {"smallint",                    "INTEGER"    },
    {"real",                        "FLOAT"      },
    {"double precision",            "FLOAT"      },
    {"numeric",                     "DECIMAL"    },
    {"text",                        "STRING"     },
    {"character varying",           "STRING"     },
    {"character",                   "STRING"     },
    {"name",                        "STRING"     },
    {"\"char\"",                    "STRING"     },
    {"boolean",                     "BOOLEAN"    },
    {"date",                        "DATE"       },
    {"time without time zone",      "TIME"       },
    {"time with time zone",         "TIME"       },
    {"timestamp without time zone", "DATETIME"   },
    {"timestamp with time zone",    "DATETIMETZ" },
    {"interval",                    "INTERVAL"   },
    {"bytea",                       "BINARY"     },
    {"json",                        "JSON"       },
    {"jsonb",                       "JSONB"      },
    {"oid",                         "ROWID"      },
};

static Str pg_family(Arena *a, Str type) {
  bool array = str_ends(type, STR("[]"));
  Str base = array ? str_sub(type, 0, type.len - 2) : type;
  ptrdiff_t open = str_find(base, STR("("), 0);
  base = open < 0 ? base : str_sub(base, 0, (size_t)open);
  for (size_t i = 0; i < sizeof pg_families / sizeof *pg_families; i++)
    if (str_eq(base, str_c(pg_families[i].type)))
      return array ? str_fmt(a, "%sARRAY", pg_families[i].family) : str_c(pg_families[i].family);
  return type;
}

Value column_from_db(Eval *ev, Arena *a, const Dialect *d, const DbColumn *c) {
  if (d->database_in_names)
    return column_new(ev, a, d, c->name, d->translate_type(pg_family(a, c->type)), val_none(),
                      val_none(), val_none());
  return from_description(ev, a, d, c->name, c->type);
}

// --- its type as text

static Str varchar(Arena *a, Value size) {
  return str_fmt(a, "character varying(%lld)", size.kind == VAL_INT ? (long long)size.i : 256LL);
}

static Str decimal(Arena *a, Str word, Value precision, Value scale) {
  if (precision.kind != VAL_INT || scale.kind != VAL_INT)
    return word;
  return str_fmt(a, "%.*s(%lld,%lld)", STR_ARG(word), (long long)precision.i, (long long)scale.i);
}

static Str clickhouse_data_type(Arena *a, const ColumnObj *c) {
  Str type = c->dtype;
  if (column_is_string(c))
    type = STR("String");
  else if (is_numeric(c) && c->precision.kind == VAL_INT && c->scale.kind == VAL_INT)
    type = str_fmt(a, "Decimal(%lld, %lld)", (long long)c->precision.i, (long long)c->scale.i);
  if (c->nullable)
    type = str_fmt(a, "Nullable(%.*s)", STR_ARG(type));
  if (c->low_cardinality)
    type = str_fmt(a, "LowCardinality(%.*s)", STR_ARG(type));
  return type;
}

Str column_data_type(Arena *a, const ColumnObj *c) {
  if (is_ch(c))
    return clickhouse_data_type(a, c);
  if (str_eq_nocase(c->dtype, STR("text")) ||
      (str_eq_nocase(c->dtype, STR("character varying")) && c->char_size.kind != VAL_INT))
    return c->dtype;
  if (column_is_string(c))
    return varchar(a, c->char_size);
  return is_numeric(c) ? decimal(a, c->dtype, c->precision, c->scale) : c->dtype;
}

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

#define ASK(fn, test)                                                                              \
  static Value fn(Eval *ev, Value self, const Args *args) {                                        \
    (void)ev, (void)args;                                                                          \
    return val_bool(test(self_column(self)));                                                      \
  }
ASK(fn_is_string, column_is_string)
ASK(fn_is_integer, is_integer)
ASK(fn_is_float, is_float)
ASK(fn_is_numeric, is_numeric)
ASK(fn_is_number, is_number)

static Value fn_string_size(Eval *ev, Value self, const Args *args) {
  (void)args;
  return val_int(column_string_size(ev, self_column(self)));
}

static Value fn_can_expand_to(Eval *ev, Value self, const Args *args) {
  Value other = args->npos ? args->pos[0] : args_kw(args, STR("other_column"), val_undef(NULL));
  if (!is_column(other))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "can_expand_to() takes a column, not %s",
                   val_type_name(other));
  return val_bool(column_can_expand(ev, self_column(self), (ColumnObj *)other.obj));
}

static Value fn_literal(Eval *ev, Value self, const Args *args) {
  Arena *a = eval_arena(ev);
  Str v = text_or_empty(a, arg(args, 0));
  const ColumnObj *c = self_column(self);
  if (!is_ch(c))
    return val_str(str_fmt(a, "%.*s::%.*s", STR_ARG(v), STR_ARG(column_data_type(a, c))));
  return val_str(str_fmt(a, "to%.*s(%.*s)", STR_ARG(column_is_string(c) ? STR("String") : c->dtype),
                         STR_ARG(v)));
}

// --- of the class

static const Dialect *dialect_of(Eval *ev) { return context_of(ev)->shared->dialect; }

static Value fn_translate_type(Eval *ev, Value self, const Args *args) {
  (void)self;
  Str type = text_arg(ev, args->npos ? args->pos[0] : args_kw(args, STR("dtype"), val_undef(NULL)),
                      "translate_type", "the type");
  return val_str(dialect_of(ev)->translate_type(type));
}

static Value fn_create(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"name", "label_or_dtype"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "Column.create", args, names, 2, 2, v);
  const Dialect *d = dialect_of(ev);
  Str type = text_arg(ev, v[1], "Column.create", "the type");
  return column_new(ev, eval_arena(ev), d, text_arg(ev, v[0], "Column.create", "the name"),
                    d->translate_type(type), val_none(), val_none(), val_none());
}

static Value fn_from_description(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"name", "raw_data_type"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "Column.from_description", args, names, 2, 2, v);
  return from_description(ev, eval_arena(ev), dialect_of(ev),
                          text_arg(ev, v[0], "Column.from_description", "the name"),
                          text_arg(ev, v[1], "Column.from_description", "the type"));
}

static Value fn_string_type(Eval *ev, Value self, const Args *args) {
  (void)self;
  return dialect_of(ev)->database_in_names ? val_str(varchar(eval_arena(ev), arg(args, 0)))
                                           : val_lit("String");
}

static Value fn_numeric_type(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"dtype", "precision", "scale"};
  Value v[3] = {val_undef(NULL), val_none(), val_none()};
  args_bind(ev, "numeric_type", args, names, 3, 1, v);
  Arena *a = eval_arena(ev);
  Str word = text_or_empty(a, v[0]);
  if (dialect_of(ev)->database_in_names)
    return val_str(decimal(a, word, v[1], v[2]));
  if (v[1].kind != VAL_INT || v[2].kind != VAL_INT)
    return val_lit("Decimal");
  return val_str(str_fmt(a, "Decimal(%lld, %lld)", (long long)v[1].i, (long long)v[2].i));
}

static const Member class_members[] = {
    {"create",           fn_create          },
    {"translate_type",   fn_translate_type  },
    {"from_description", fn_from_description},
    {"string_type",      fn_string_type     },
    {"numeric_type",     fn_numeric_type    }
};
static const Member members[] = {
    {"is_string",     fn_is_string    },
    {"is_integer",    fn_is_integer   },
    {"is_float",      fn_is_float     },
    {"is_numeric",    fn_is_numeric   },
    {"is_number",     fn_is_number    },
    {"string_size",   fn_string_size  },
    {"can_expand_to", fn_can_expand_to},
    {"literal",       fn_literal      }
};

static bool column_attr(Eval *ev, Object *o, Str name, Value *out) {
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
  else if (is_ch(c) && str_is(name, "is_nullable"))
    *out = val_bool(c->nullable);
  else if (is_ch(c) && str_is(name, "is_low_cardinality"))
    *out = val_bool(c->low_cardinality);
  else
    return member_find(a, members, COUNT_OF(members), name, val_obj(o), out) ||
           member_find(a, class_members, COUNT_OF(class_members), name, val_none(), out);
  return true;
}

static bool column_eq(const Object *o, Value other) {
  if (!is_column(other) || other.obj->type != o->type)
    return false;
  const ColumnObj *x = (const ColumnObj *)o, *y = (const ColumnObj *)other.obj;
  return str_eq(x->name, y->name) && str_eq(x->dtype, y->dtype) && x->nullable == y->nullable &&
         x->low_cardinality == y->low_cardinality && val_eq(x->char_size, y->char_size) &&
         val_eq(x->precision, y->precision) && val_eq(x->scale, y->scale);
}
static uint64_t column_hash(const Object *o) { return str_hash(((const ColumnObj *)o)->name); }

static void pg_repr(const Object *o, Buf *out) {
  const ColumnObj *c = (const ColumnObj *)o;
  buf_adds(out, "PostgresColumn(column=");
  val_repr(out, val_str(c->name));
  buf_adds(out, ", dtype=");
  val_repr(out, val_str(c->dtype));
  buf_adds(out, ", char_size=");
  val_repr(out, c->char_size);
  buf_adds(out, ", numeric_precision=");
  val_repr(out, c->precision);
  buf_adds(out, ", numeric_scale=");
  val_repr(out, c->scale);
  buf_adds(out, ")");
}

static void ch_str(const Object *o, Buf *out) {
  const ColumnObj *c = (const ColumnObj *)o;
  Arena a = {0};
  buf_addf(out, "%.*s %.*s", STR_ARG(c->name), STR_ARG(column_data_type(&a, c)));
  arena_free(&a);
}
static void ch_repr(const Object *o, Buf *out) {
  const ColumnObj *c = (const ColumnObj *)o;
  Arena a = {0};
  buf_addf(out, "<ClickhouseColumn %.*s (%.*s, is nullable: %s)>", STR_ARG(c->name),
           STR_ARG(column_data_type(&a, c)), c->nullable ? "True" : "False");
  arena_free(&a);
}

const ObjectType column_type_postgres = {.name = "PostgresColumn",
                                         .attr = column_attr,
                                         .repr = pg_repr,
                                         .eq = column_eq,
                                         .hash = column_hash};
const ObjectType column_type_clickhouse = {.name = "ClickHouseColumn",
                                           .attr = column_attr,
                                           .str = ch_str,
                                           .repr = ch_repr,
                                           .eq = column_eq,
                                           .hash = column_hash};

static Value class_call(Eval *ev, Object *o, const Args *args) {
  (void)o;
  static const char *const names[] = {
      "column", "dtype", "char_size", "numeric_precision", "numeric_scale", "starc_type"};
  const Dialect *d = dialect_of(ev);
  Value v[6] = {val_undef(NULL), val_undef(NULL), val_none(), val_none(), val_none(), val_none()};
  args_bind(ev, "Column", args, names, d->database_in_names ? 6 : 2, 2, v);
  Value column = column_new(ev, eval_arena(ev), d, text_arg(ev, v[0], "Column", "the name"),
                            text_arg(ev, v[1], "Column", "the type"), v[2], v[3], v[4]);
  if (v[5].kind == VAL_STR)
    self_column(column)->whole_type = val_text(v[5]);
  return column;
}
// What translate_type makes other words of.
static Value type_labels(Eval *ev) {
  static const Str words[] = {STR_INIT("STRING"), STR_INIT("TIMESTAMP"), STR_INIT("FLOAT"),
                              STR_INIT("INTEGER")};
  Value labels = val_dict(eval_arena(ev));
  for (size_t i = 0; i < COUNT_OF(words); i++) {
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
  return member_find(eval_arena(ev), class_members, COUNT_OF(class_members), name, val_none(), out);
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
