// Lists and mappings of a unit test's rows, as the text that the database reads into a value of a
// column's type: {1,2} of a Postgres array, {'a':1} of a ClickHouse map. In: a value of the YAML
// and the type's text. Out: text, not yet a literal. Leaves values that are neither to the macros,
// and what is wrong with a value to the database.
#include "internal.h"

static bool is_nested(Value v) { return v.kind == VAL_DICT || val_is_seq(v); }

static void escaped(Buf *out, char quote, Str text) {
  buf_addc(out, quote);
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] == quote || text.ptr[i] == '\\')
      buf_addc(out, '\\');
    buf_addc(out, text.ptr[i]);
  }
  buf_addc(out, quote);
}

// A scalar as text, anything else as JSON.
static Str plain_text(Eval *ev, Value v) {
  if (v.kind == VAL_BOOL)
    return v.b ? STR("true") : STR("false");
  return is_nested(v) ? ops_json(ev, v, false, -1) : val_to_str(eval_arena(ev), v);
}

// Between two items.
static void comma(Buf *out, bool needed) {
  if (needed)
    buf_addc(out, ',');
}

// --- Postgres

// The items of an array; `json`: what its items are, whose lists are not a dimension more.
static void pg_array(Eval *ev, Buf *out, Value list, bool json) {
  buf_addc(out, '{');
  for (size_t i = 0; i < list.list->n; i++) {
    Value item = list.list->items[i];
    comma(out, i);
    if (item.kind == VAL_NONE)
      buf_adds(out, "NULL");
    else if (val_is_seq(item) && !json)
      pg_array(ev, out, item, json);
    else
      escaped(out, '"', plain_text(ev, item));
  }
  buf_addc(out, '}');
}

static void pg_hstore(Eval *ev, Buf *out, const Dict *d) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));) {
    comma(out, out->len);
    escaped(out, '"', plain_text(ev, e->key));
    buf_adds(out, "=>");
    if (e->value.kind == VAL_NONE)
      buf_adds(out, "NULL");
    else
      escaped(out, '"', plain_text(ev, e->value));
  }
}

static void pg_text(Eval *ev, Buf *out, Value v, Str type) {
  if (val_is_seq(v) && str_ends(type, STR("[]")))
    pg_array(ev, out, v, str_starts(type, STR("json")));
  else if (v.kind == VAL_DICT && str_ends(type, STR("hstore")))
    pg_hstore(ev, out, v.dict);
  else
    buf_add(out, plain_text(ev, v));
}

// --- ClickHouse

// The end of the text in quotes that starts at i.
static size_t quoted_end(Str s, size_t i) {
  char quote = s.ptr[i++];
  while (i < s.len && s.ptr[i] != quote)
    i += s.ptr[i] == '\\' ? 2 : 1;
  return i;
}

// The arguments of a type, "Tuple(a Int8, b String)" -> "a Int8", "b String".
static Value type_arguments(Arena *a, Str type) {
  Value all = val_list(a, 4);
  ptrdiff_t open = str_find(type, STR("("), 0);
  if (open < 0)
    return all;
  size_t depth = 0, from = (size_t)open + 1;
  for (size_t i = from; i < type.len; i++) {
    char c = type.ptr[i];
    if (c == '\'' || c == '`' || c == '"')
      i = quoted_end(type, i);
    else if ((c == ',' || c == ')') && !depth) {
      list_push(a, all.list, val_str(str_trim(str_sub(type, from, i))));
      from = i + 1;
    } else
      depth += c == '(' ? 1 : c == ')' ? (size_t)-1 : 0;
  }
  return all;
}

// "`a b` String" -> its name and "String"; an element without a name has an empty one.
static Str element_name(Str element, Str *type) {
  bool quoted = element.len && (element.ptr[0] == '`' || element.ptr[0] == '"');
  size_t end = quoted ? quoted_end(element, 0) + 1 : 0;
  while (!quoted && end < element.len && !strchr(" (", element.ptr[end]))
    end++;
  *type = element;
  if (end >= element.len || element.ptr[end] != ' ')
    return (Str){0};
  *type = str_trim(str_sub(element, end, element.len));
  return quoted ? str_sub(element, 1, end - 1) : str_sub(element, 0, end);
}

// A type that stands for another, or inside another that changes nothing about how values are
// written.
static Str ch_bare_type(Arena *a, Str type) {
  static const struct {
    const char *name, *of;
  } same[] = {
      {"Point",           "Tuple(Float64, Float64)"},
      {"Ring",            "Array(Point)"           },
      {"LineString",      "Array(Point)"           },
      {"MultiLineString", "Array(LineString)"      },
      {"Polygon",         "Array(Ring)"            },
      {"MultiPolygon",    "Array(Polygon)"         },
  };
  static const char *const around[] = {"Nullable(", "LowCardinality(", "SimpleAggregateFunction("};
  for (size_t i = 0; i < sizeof same / sizeof *same; i++)
    if (str_eq(type, str_c(same[i].name)))
      return str_c(same[i].of);
  for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
    Value of = str_starts(type, str_c(around[i])) ? type_arguments(a, type) : val_none();
    if (of.kind == VAL_LIST && of.list->n)
      return ch_bare_type(a, val_text(of.list->items[of.list->n - 1]));
  }
  return type;
}

static bool ch_is_number(Str type) {
  static const char *const words[] = {"Int", "UInt", "Float", "BFloat", "Decimal", "Bool"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (str_starts(type, str_c(words[i])) && !str_starts(type, STR("Interval")))
      return true;
  return false;
}

static void ch_value(Eval *ev, Buf *out, Value v, Str type);

// The item of a tuple: by its name in a mapping, by its place in a list.
static Value tuple_item(Value v, Str name, size_t i) {
  if (v.kind == VAL_DICT) {
    Value *item = dict_gets(v.dict, name);
    return item ? *item : val_none();
  }
  return i < v.list->n ? v.list->items[i] : val_none();
}

// A tuple. A list of another length, and a name that no element has, are errors here: the text
// would not show them.
static void ch_tuple(Eval *ev, Buf *out, Value v, Str type) {
  Value elements = type_arguments(eval_arena(ev), type);
  size_t n = elements.list->n, given = v.kind == VAL_DICT ? v.dict->n : v.list->n, found = 0;
  buf_addc(out, '(');
  for (size_t i = 0; i < n; i++) {
    Str of, name = element_name(val_text(elements.list->items[i]), &of);
    found += v.kind == VAL_DICT ? dict_gets(v.dict, name) != NULL : i < given;
    comma(out, i);
    ch_value(ev, out, tuple_item(v, name, i), of);
  }
  buf_addc(out, ')');
  if (found != given || (v.kind != VAL_DICT && given != n))
    eval_fail(ev, "%.*s is not a value of the type %.*s: it has other elements",
              STR_ARG(plain_text(ev, v)), STR_ARG(type));
}

static void ch_array(Eval *ev, Buf *out, Value list, Str of) {
  buf_addc(out, '[');
  for (size_t i = 0; i < list.list->n; i++) {
    comma(out, i);
    ch_value(ev, out, list.list->items[i], of);
  }
  buf_addc(out, ']');
}

static void ch_map(Eval *ev, Buf *out, const Dict *d, Value of) {
  size_t at = 0, n = 0;
  buf_addc(out, '{');
  for (DictEntry *e; (e = dict_next(d, &at)); n++) {
    comma(out, n);
    ch_value(ev, out, e->key, val_text(of.list->items[0]));
    buf_addc(out, ':');
    ch_value(ev, out, e->value, val_text(of.list->items[1]));
  }
  buf_addc(out, '}');
}

// Writes what has parts by the parts of its type. False: the type has no such parts.
static bool ch_parts(Eval *ev, Buf *out, Value v, Str type) {
  Value of = type_arguments(eval_arena(ev), type);
  if (val_is_seq(v) && str_starts(type, STR("Array(")) && of.list->n)
    ch_array(ev, out, v, val_text(of.list->items[0]));
  else if (val_is_seq(v) && str_starts(type, STR("Nested(")))
    ch_array(ev, out, v, str_fmt(eval_arena(ev), "Tuple%.*s", STR_ARG(str_sub(type, 6, type.len))));
  else if (v.kind == VAL_DICT && str_starts(type, STR("Map(")) && of.list->n == 2)
    ch_map(ev, out, v.dict, of);
  else if (is_nested(v) && str_starts(type, STR("Tuple(")))
    ch_tuple(ev, out, v, type);
  else
    return false;
  return true;
}

// A value inside another.
static void ch_value(Eval *ev, Buf *out, Value v, Str type) {
  type = ch_bare_type(eval_arena(ev), type);
  if (v.kind == VAL_NONE)
    buf_adds(out, "NULL");
  else if (ch_is_number(type) && !is_nested(v))
    buf_add(out, plain_text(ev, v));
  else if (!ch_parts(ev, out, v, type))
    escaped(out, '\'', plain_text(ev, v));
}

Value fn_fixture_text(Eval *ev, Value self, const Args *args) {
  (void)self;
  static const char *const names[] = {"value", "data_type"};
  Value v[2] = {val_undef(NULL), val_undef(NULL)};
  args_bind(ev, "adapter.starc_fixture_text", args, names, 2, 2, v);
  Buf out = {.arena = eval_arena(ev)};
  Str type = text_or_empty(eval_arena(ev), v[1]);
  if (!context_is_clickhouse(context_of(ev)))
    pg_text(ev, &out, v[0], type);
  else if (!ch_parts(ev, &out, v[0], ch_bare_type(eval_arena(ev), type)))
    buf_add(&out, plain_text(ev, v[0]));
  return val_str(buf_str(&out));
}
