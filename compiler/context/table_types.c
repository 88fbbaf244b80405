// The types of a table's columns: which one fits a value, a value as one of a type, as CSV and as
// JSON. In: values of a query, or texts. Out: values as agate's data types, set up as dbt does,
// make them.
#include "table_types.h"

#include "internal.h"
#include "table.h"
#include <stdlib.h>

const char *const table_kinds[] = {
    [KIND_NULL] = "Integer",    [KIND_INTEGER] = "Integer", [KIND_NUMBER] = "Number",
    [KIND_BOOLEAN] = "Boolean", [KIND_DATE] = "Date",       [KIND_DATETIME] = "DateTime",
    [KIND_TEXT] = "Text"};

// --- the type of a column
static TableKind kind_of(Value v) {
  static const uint8_t kinds[] = {
      [VAL_UNDEF] = KIND_NULL,  [VAL_NONE] = KIND_NULL,    [VAL_BOOL] = KIND_BOOLEAN,
      [VAL_INT] = KIND_INTEGER, [VAL_FLOAT] = KIND_NUMBER, [VAL_BIGINT] = KIND_INTEGER,
      [VAL_OBJECT] = KIND_TEXT, [VAL_STR] = KIND_TEXT,     [VAL_LIST] = KIND_TEXT,
      [VAL_TUPLE] = KIND_TEXT,  [VAL_DICT] = KIND_TEXT,    [VAL_SET] = KIND_TEXT,
      [VAL_FUNC] = KIND_TEXT};
  if (val_is_type(v, &decimal_type))
    return KIND_NUMBER;
  if (val_is_type(v, &datetime_type))
    return KIND_DATETIME;
  return val_is_type(v, &date_type) ? KIND_DATE : (TableKind)kinds[v.kind];
}

static TableKind join_kinds(TableKind a, TableKind b) {
  if (a == b || b == KIND_NULL)
    return a;
  if (a == KIND_NULL)
    return b;
  if ((a == KIND_INTEGER && b == KIND_NUMBER) || (a == KIND_NUMBER && b == KIND_INTEGER))
    return KIND_NUMBER;
  bool times = (a == KIND_DATE && b == KIND_DATETIME) || (a == KIND_DATETIME && b == KIND_DATE);
  return times ? KIND_DATETIME : KIND_TEXT;
}

// --- a value as one of a type
static bool no_value(Str s) { return !s.len || str_eq_nocase(s, STR("null")); }

// "-$1,234.5%" -> 1234.5, as agate reads numbers.
static bool number_text(Arena *a, Str s, Value *out) {
  static const char *const currencies[] = {"$", "£", "€", "¥", "₹", "₩", "₽", "₺", "₪", "฿",
                                           "₫", "₱", "₡", "₦", "₭", "₮", "₤",   "¢", "ƒ"};
  while (str_ends(s, STR("%")))
    s.len--;
  while (str_starts(s, STR("%")))
    s = str_sub(s, 1, s.len);
  bool negative = str_starts(s, STR("-"));
  s = negative ? str_sub(s, 1, s.len) : s;
  for (size_t i = 0; i < COUNT(currencies); i++) {
    Str sign = str_c(currencies[i]);
    while (sign.len && str_starts(s, sign))
      s = str_sub(s, sign.len, s.len);
    while (sign.len && str_ends(s, sign))
      s.len -= sign.len;
  }
  Buf digits = {.arena = a};
  buf_add(&digits, negative ? STR("-") : STR(""));
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != ',')
      buf_addc(&digits, s.ptr[i]);
  return decimal_parse(a, buf_str(&digits), out);
}

static bool as_number(Arena *a, Value v, Value *out) {
  if (val_is_type(v, &decimal_type)) {
    *out = v;
    return true;
  }
  if (v.kind == VAL_STR)
    return number_text(a, val_text(v), out);
  bool number = v.kind == VAL_INT || v.kind == VAL_BIGINT || v.kind == VAL_FLOAT;
  return number && decimal_parse(a, val_to_str(a, v), out);
}

static bool as_time(Arena *a, TableKind kind, Value v, Value *out) {
  const ObjectType *want = kind == KIND_DATE ? &date_type : &datetime_type;
  if (v.kind == VAL_STR && !datetime_parse(a, val_text(v), &v))
    return false;
  if (kind == KIND_DATETIME && val_is_type(v, &date_type)) // its midnight
    return datetime_parse(a, str_cat(a, val_to_str(a, v), STR("T00:00:00")), out);
  *out = v;
  return val_is_type(v, want);
}

static bool as_boolean(Arena *a, Value v, Value *out) {
  bool number = v.kind == VAL_INT || val_is_type(v, &decimal_type), yes = v.kind == VAL_BOOL && v.b;
  Str s = number || v.kind == VAL_STR ? val_to_str(a, v) : STR("");
  yes = yes || str_eq_nocase(s, number ? STR("1") : STR("true"));
  *out = val_bool(yes);
  return yes || v.kind == VAL_BOOL || str_eq_nocase(s, number ? STR("0") : STR("false"));
}

bool table_cast(Arena *a, TableKind kind, Value v, Value *out) {
  *out = v;
  if (val_is_absent(v)) {
    *out = val_none();
    return true;
  }
  if (kind == KIND_TEXT) {
    *out = v.kind == VAL_STR ? v : val_str(val_to_str(a, v));
    return true;
  }
  if (v.kind == VAL_STR && kind != KIND_INTEGER && kind != KIND_NULL) {
    v = val_str(str_trim(val_text(v)));
    if (no_value(val_text(v))) {
      *out = val_none();
      return true;
    }
  }
  if (kind == KIND_NUMBER)
    return as_number(a, v, out);
  if (kind == KIND_DATE || kind == KIND_DATETIME)
    return as_time(a, kind, v, out);
  return kind == KIND_BOOLEAN ? as_boolean(a, v, out) : v.kind == VAL_INT || v.kind == VAL_BIGINT;
}

void table_settle(Arena *a, TableObj *t) {
  for (size_t c = 0; c < t->ncolumns; c++) {
    TableKind kind = KIND_NULL;
    for (size_t r = 0; r < t->nrows; r++)
      kind = join_kinds(kind, kind_of(table_cell(t, r, (ptrdiff_t)c)));
    t->kinds[c] = (uint8_t)kind;
    for (size_t r = 0; r < t->nrows; r++)
      table_cast(a, kind, table_cell(t, r, (ptrdiff_t)c), table_place(t, r, c));
  }
}

// --- types as values
typedef struct Kind {
  Object object;
  uint8_t kind;
} Kind;

static TableKind self_kind(Value self) { return (TableKind)((const Kind *)self.obj)->kind; }

static Value fn_test(Eval *ev, const Value *v) {
  Value out;
  return val_bool(table_cast(eval_arena(ev), self_kind(v[0]), v[1], &out));
}

static Value fn_cast(Eval *ev, const Value *v) {
  Value out;
  TableKind kind = self_kind(v[0]);
  if (table_cast(eval_arena(ev), kind, v[1], &out))
    return out;
  Str shown = val_to_str(eval_arena(ev), v[1]);
  eval_fail(ev, "\"%.*s\" cannot be read as %s", STR_ARG(shown), table_kinds[kind]);
}

// As text, or none; a time with T between day and hour.
static Value fn_csvify(Eval *ev, const Value *v) {
  if (val_is_absent(v[1]))
    return val_none();
  Str s = val_to_str(eval_arena(ev), v[1]);
  if (!val_is_type(v[1], &datetime_type) || s.len < 11)
    return val_str(s);
  return val_str(str_fmt(eval_arena(ev), "%.*sT%.*s", 10, s.ptr, (int)s.len - 11, s.ptr + 11));
}

// The same, but numbers and booleans stay what they are.
static Value fn_jsonify(Eval *ev, const Value *v) {
  TableKind kind = self_kind(v[0]);
  if (val_is_absent(v[1]))
    return val_none();
  if (kind == KIND_NUMBER)
    return val_float(strtod(str_cstr(eval_arena(ev), val_to_str(eval_arena(ev), v[1])), NULL));
  bool stays = kind == KIND_BOOLEAN || kind == KIND_INTEGER || kind == KIND_NULL;
  return stays ? v[1] : fn_csvify(ev, v);
}

// clang-format off
const Native table_kind_methods[] = {
    {"cast",    fn_cast,    "self, d", "the value as one of the type"},
    {"csvify",  fn_csvify,  "self, d", "as text for CSV"},
    {"jsonify", fn_jsonify, "self, d", "as a value for JSON"},
    {"test",    fn_test,    "self, d", "whether the value can be one of the type"},
    {0},
};
// clang-format on

static bool kind_attr(Eval *ev, Object *o, Str name, Value *out) {
  return native_find(eval_arena(ev), table_kind_methods, table_kinds[((const Kind *)o)->kind], name,
                     val_obj(o), out);
}

static void kind_repr(const Object *o, Buf *out) {
  buf_addf(out, "<%s>", table_kinds[((const Kind *)o)->kind]);
}
static const ObjectType kind_type = {.name = "DataType", .attr = kind_attr, .repr = kind_repr};

Value table_kind_value(Arena *a, uint8_t kind) {
  Kind *k = arena_new(a, Kind);
  *k = (Kind){{&kind_type}, kind};
  return val_obj(k);
}
