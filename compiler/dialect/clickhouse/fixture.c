// Lists and mappings of a unit test's rows, as the text that ClickHouse reads into a value of a
// column's type: [1,2] of an array, {'a':1} of a map, (1,'x') of a tuple. Out: text, not yet a
// literal.
#include "../../context/adapter.h"
#include "../../context/fixture_value.h"
#include "clickhouse.h"

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
static Str bare_type(Arena *a, Str type) {
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
  for (size_t i = 0; i < COUNT(same); i++)
    if (str_eq(type, str_c(same[i].name)))
      return str_c(same[i].of);
  for (size_t i = 0; i < COUNT(around); i++) {
    Value of = str_starts(type, str_c(around[i])) ? type_arguments(a, type) : val_none();
    if (of.kind == VAL_LIST && of.list->n)
      return bare_type(a, val_text(of.list->items[of.list->n - 1]));
  }
  return type;
}

static bool is_number(Str type) {
  static const char *const words[] = {"Int", "UInt", "Float", "BFloat", "Decimal", "Bool"};
  for (size_t i = 0; i < COUNT(words); i++)
    if (str_starts(type, str_c(words[i])) && !str_starts(type, STR("Interval")))
      return true;
  return false;
}

static void value(Eval *ev, Buf *out, Value v, Str type);

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
static void tuple(Eval *ev, Buf *out, Value v, Str type) {
  Value elements = type_arguments(eval_arena(ev), type);
  size_t n = elements.list->n, given = v.kind == VAL_DICT ? v.dict->n : v.list->n, found = 0;
  buf_addc(out, '(');
  for (size_t i = 0; i < n; i++) {
    Str of, name = element_name(val_text(elements.list->items[i]), &of);
    found += v.kind == VAL_DICT ? dict_gets(v.dict, name) != NULL : i < given;
    fixture_comma(out, i);
    value(ev, out, tuple_item(v, name, i), of);
  }
  buf_addc(out, ')');
  if (found != given || (v.kind != VAL_DICT && given != n))
    eval_fail(ev, "%.*s is not a value of the type %.*s: it has other elements",
              STR_ARG(fixture_plain(ev, v)), STR_ARG(type));
}

static void array(Eval *ev, Buf *out, Value list, Str of) {
  buf_addc(out, '[');
  for (size_t i = 0; i < list.list->n; i++) {
    fixture_comma(out, i);
    value(ev, out, list.list->items[i], of);
  }
  buf_addc(out, ']');
}

static void map(Eval *ev, Buf *out, const Dict *d, Value of) {
  size_t at = 0, n = 0;
  buf_addc(out, '{');
  for (DictEntry *e; (e = dict_next(d, &at)); n++) {
    fixture_comma(out, n);
    value(ev, out, e->key, val_text(of.list->items[0]));
    buf_addc(out, ':');
    value(ev, out, e->value, val_text(of.list->items[1]));
  }
  buf_addc(out, '}');
}

// Writes what has parts by the parts of its type. False: the type has no such parts.
static bool parts(Eval *ev, Buf *out, Value v, Str type) {
  Value of = type_arguments(eval_arena(ev), type);
  if (val_is_seq(v) && str_starts(type, STR("Array(")) && of.list->n)
    array(ev, out, v, val_text(of.list->items[0]));
  else if (val_is_seq(v) && str_starts(type, STR("Nested(")))
    array(ev, out, v, str_fmt(eval_arena(ev), "Tuple%.*s", STR_ARG(str_sub(type, 6, type.len))));
  else if (v.kind == VAL_DICT && str_starts(type, STR("Map(")) && of.list->n == 2)
    map(ev, out, v.dict, of);
  else if (fixture_is_nested(v) && str_starts(type, STR("Tuple(")))
    tuple(ev, out, v, type);
  else
    return false;
  return true;
}

// A value inside another.
static void value(Eval *ev, Buf *out, Value v, Str type) {
  type = bare_type(eval_arena(ev), type);
  if (v.kind == VAL_NONE)
    buf_adds(out, "NULL");
  else if (is_number(type) && !fixture_is_nested(v))
    buf_add(out, fixture_plain(ev, v));
  else if (!parts(ev, out, v, type))
    fixture_quoted(out, '\'', fixture_plain(ev, v));
}

void clickhouse_fixture_text(Eval *ev, Buf *out, Value v, Str type) {
  if (!parts(ev, out, v, bare_type(eval_arena(ev), type)))
    buf_add(out, fixture_plain(ev, v));
}
