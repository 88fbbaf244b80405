// Fields with values in them: JSON, arrays and ranges of Postgres; arrays, maps, tuples and shapes
// of ClickHouse. In: a type's name and the text of a field. Out: lists and dicts of values, ranges
// as Python's text, or the text itself where it is not in the type's form. What is in them is read
// by cells.c.
#include "cells_nested.h"
#include "../../compiler/template/ops.h"
#include "../../compiler/value/json.h"
#include "cells.h"

#include <stdlib.h>

enum { NESTING = 100 };

// --- as JSON text

Value field_json_ready(Arena *a, Value v) {
  if (v.kind == VAL_DICT) {
    Value d = val_dict(a);
    DictEntry *e;
    for (size_t at = 0; (e = dict_next(v.dict, &at));)
      dict_sets(a, d.dict, val_to_str(a, e->key), field_json_ready(a, e->value));
    return d;
  }
  if (val_is_seq(v)) {
    Value l = val_list(a, v.list->n);
    for (size_t i = 0; i < v.list->n; i++)
      list_push(a, l.list, field_json_ready(a, v.list->items[i]));
    return l;
  }
  if (v.kind != VAL_OBJECT)
    return v;
  Str s = val_to_str(a, v);
  if (val_is_type(v, &decimal_type))
    return val_float(strtod(str_cstr(a, s), NULL));
  if (val_is_type(v, &datetime_type))
    s = str_fmt(a, "%.10sT%.*s", s.ptr, (int)s.len - 11, s.ptr + 11);
  return val_str(s);
}

Value field_json_text(Arena *a, Value v) {
  Buf out = {.arena = a};
  Json j = {.out = &out};
  json_value(&j, field_json_ready(a, v));
  return val_str(buf_str(&out));
}

Value field_json(Arena *a, Str type, Str s) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = STR("a field"), .text = str_dup(a, s)};
  Diags ignored = {0};
  Value v;
  bool good = json_read(a, src, &v, &ignored);
  diags_free(&ignored);
  return good ? v : field_text(a, type, s);
}

// --- in braces: {1,NULL,"a b"}, and ranges

// Types that Python's client reads as text, and arrays of them as lists of text. Arrays of other
// types that are read as text stay text as a whole.
static bool is_listed_text(Str type) {
  static const char *const names[] = {"text", "character varying", "character", "name", "inet",
                                      "cidr", "macaddr",           "\"char\"",  NULL};
  ptrdiff_t open = str_find(type, STR("("), 0);
  type = open < 0 ? type : str_sub(type, 0, (size_t)open);
  for (size_t i = 0; names[i]; i++)
    if (str_eq(type, str_c(names[i])))
      return true;
  return false;
}

// The text between quotes, in which \ stands before a character meant as it is and "" for ".
static Str quoted(Arena *a, Str s, size_t *at) {
  Buf b = {.arena = a};
  for ((*at)++; *at < s.len; (*at)++) {
    bool twice = s.ptr[*at] == '"' && *at + 1 < s.len && s.ptr[*at + 1] == '"';
    if (s.ptr[*at] == '"' && !twice)
      break;
    *at += (s.ptr[*at] == '\\' || twice) && *at + 1 < s.len;
    buf_addc(&b, s.ptr[*at]);
  }
  (*at)++;
  return buf_str(&b);
}

static Str bare(Str s, size_t *at, const char *ends) {
  size_t from = *at;
  while (*at < s.len && !strchr(ends, s.ptr[*at]))
    (*at)++;
  return str_sub(s, from, *at);
}

// {1,NULL,"a b",{..}} -> a list; *at stands behind it. False: not in that form.
static bool braces(Arena *a, Str type, Str s, size_t *at, unsigned depth, Value *out) {
  if (depth > NESTING || *at >= s.len || s.ptr[*at] != '{')
    return false;
  *out = val_list(a, 8);
  for ((*at)++; *at < s.len && s.ptr[*at] != '}';) {
    Value item;
    if (s.ptr[*at] == '{') {
      if (!braces(a, type, s, at, depth + 1, &item))
        return false;
    } else if (s.ptr[*at] == '"') {
      item = field_item(a, type, quoted(a, s, at));
    } else {
      Str word = bare(s, at, ",}");
      item = str_is(word, "NULL") ? val_none() : field_item(a, type, word);
    }
    list_push(a, out->list, item);
    *at += *at < s.len && s.ptr[*at] == ',';
  }
  (*at)++;
  return *at <= s.len;
}

Value field_array(Arena *a, Str type, Str s) {
  Str element = str_sub(type, 0, type.len - 2);
  size_t at = 0;
  Value v;
  bool known = !field_is_text(element) || is_listed_text(element);
  return known && braces(a, element, s, &at, 0, &v) && at == s.len ? v : field_text(a, type, s);
}

static Str bound(Arena *a, Str type, Str s, size_t *at) {
  bool is_quoted = *at < s.len && s.ptr[*at] == '"';
  Str text = is_quoted ? quoted(a, s, at) : bare(s, at, ",])");
  return text.len ? val_to_str(a, field_item(a, type, text)) : STR("None");
}

// [1,5) -> "[1, 5)", its ends written as Python writes them.
Value field_range(Arena *a, Str type, Str s) {
  static const struct {
    const char *range, *of;
  } types[] = {
      {"int4range", "integer"                    },
      {"int8range", "bigint"                     },
      {"numrange",  "numeric"                    },
      {"daterange", "date"                       },
      {"tsrange",   "timestamp without time zone"},
      {"tstzrange", "timestamp with time zone"   }
  };
  size_t at = 1, i = 0;
  while (i < COUNT(types) && !str_eq(type, str_c(types[i].range)))
    i++;
  if (i == COUNT(types) || s.len < 3 || !strchr("[(", s.ptr[0]))
    return field_text(a, type, s);
  Str low = bound(a, str_c(types[i].of), s, &at);
  at++;
  Str high = bound(a, str_c(types[i].of), s, &at);
  if (at + 1 != s.len)
    return field_text(a, type, s);
  return val_str(str_fmt(a, "%c%.*s, %.*s%c", s.ptr[0], STR_ARG(low), STR_ARG(high), s.ptr[at]));
}

// --- as literals: ['a',1], (1,'x'), {'k':1}

// The next of a type's arguments, from *at on: "String" of "String, Array(Int8)". False: there is
// none, and *out stays.
static bool next_argument(Str list, size_t *at, Str *out) {
  size_t from = *at, depth = 0;
  char quote = 0;
  for (; *at < list.len; (*at)++) {
    char c = list.ptr[*at];
    if (quote) {
      *at += c == '\\';
      quote = c == quote ? 0 : quote;
    } else if (c == '\'' || c == '`') {
      quote = c;
    } else if (c == ',' && !depth) {
      break;
    } else {
      depth += (size_t)(c == '(') - (size_t)(c == ')');
    }
  }
  Str found =
      str_trim(str_sub(list, from < list.len ? from : list.len, *at < list.len ? *at : list.len));
  (*at)++;
  if (found.len)
    *out = found;
  return found.len > 0;
}

// "name Type" of a named tuple -> its name; *type is the type alone. Empty: it has no name.
static Str element_name(Str *type) {
  bool is_quoted = str_starts(*type, STR("`"));
  size_t at = 0;
  while (++at < type->len && (is_quoted ? type->ptr[at] != '`' : !strchr(" ('`", type->ptr[at])))
    ;
  at += is_quoted;
  if (at >= type->len || type->ptr[at] != ' ')
    return STR("");
  Str name = is_quoted ? str_sub(*type, 1, at - 1) : str_sub(*type, 0, at);
  *type = str_trim(str_sub(*type, at, type->len));
  return name;
}

// A type's arguments: "Int8, String" of "Tuple(Int8, String)". Shapes are what they consist of.
static Str arguments(Str type) {
  static const struct {
    const char *shape, *arguments;
  } shapes[] = {
      {"Point",           "Float64, Float64"},
      {"Ring",            "Point"           },
      {"LineString",      "Point"           },
      {"MultiLineString", "LineString"      },
      {"Polygon",         "Ring"            },
      {"MultiPolygon",    "Polygon"         }
  };
  for (size_t i = 0; i < COUNT(shapes); i++)
    if (str_eq(type, str_c(shapes[i].shape)))
      return str_c(shapes[i].arguments);
  ptrdiff_t open = str_find(type, STR("("), 0);
  return open < 0 ? STR("") : str_sub(type, (size_t)open + 1, type.len - 1);
}

static Str unwrapped(Str type) {
  if (str_starts(type, STR("Nullable(")) || str_starts(type, STR("LowCardinality(")))
    return unwrapped(arguments(type));
  return type;
}

// ClickHouse writes ['a',1], (1,'x'), {'k':1}, NULL; *at stands behind what was read.
static bool written_value(Arena *a, Str type, Str s, size_t *at, unsigned depth, Value *out);

// Items up to `close`, each of the next of `types`, of the last one when there are no more.
// Tuples with named parts are dicts.
static bool written_items(Arena *a, Str types, Str s, size_t *at, char close, unsigned depth,
                          Value *out) {
  size_t next = 0;
  Str type = STR(""), name = STR("");
  *out = val_list(a, 8);
  for ((*at)++; *at < s.len && s.ptr[*at] != close;) {
    Value item;
    if (next_argument(types, &next, &type))
      name = close == ')' ? element_name(&type) : STR("");
    if (!written_value(a, type, s, at, depth + 1, &item))
      return false;
    if (name.len && out->kind == VAL_LIST)
      *out = val_dict(a);
    if (name.len)
      dict_sets(a, out->dict, name, item);
    else
      list_push(a, out->list, item);
    *at += *at < s.len && s.ptr[*at] == ',';
  }
  (*at)++;
  return *at <= s.len;
}

static bool written_map(Arena *a, Str types, Str s, size_t *at, unsigned depth, Value *out) {
  size_t next = 0;
  Str keys = STR(""), values = STR("");
  next_argument(types, &next, &keys);
  next_argument(types, &next, &values);
  *out = val_dict(a);
  for ((*at)++; *at < s.len && s.ptr[*at] != '}';) {
    Value key, item;
    if (!written_value(a, keys, s, at, depth + 1, &key) || *at >= s.len || s.ptr[*at] != ':')
      return false;
    (*at)++;
    if (!written_value(a, values, s, at, depth + 1, &item))
      return false;
    dict_set(a, out->dict, key, item);
    *at += *at < s.len && s.ptr[*at] == ',';
  }
  (*at)++;
  return *at <= s.len;
}

// 'it\'s' -> its text.
static bool written_text(Arena *a, Str s, size_t *at, Str *out) {
  static const char escapes[] = "n\nt\tr\rb\bf\f0\0";
  Buf b = {.arena = a};
  for ((*at)++; *at < s.len && s.ptr[*at] != '\''; (*at)++) {
    char c = s.ptr[*at];
    if (c == '\\' && *at + 1 < s.len) {
      c = s.ptr[++*at];
      for (size_t i = 0; i + 1 < sizeof escapes; i += 2)
        if (escapes[i] == s.ptr[*at])
          c = escapes[i + 1];
    }
    buf_addc(&b, c);
  }
  (*at)++;
  *out = buf_str(&b);
  return *at <= s.len;
}

static bool written_value(Arena *a, Str type, Str s, size_t *at, unsigned depth, Value *out) {
  if (depth > NESTING || *at >= s.len)
    return false;
  type = unwrapped(type);
  char c = s.ptr[*at];
  // A Nested column is an array of tuples.
  if (c == '[' && str_starts(type, STR("Nested(")))
    return written_items(a, str_fmt(a, "Tuple(%.*s)", STR_ARG(arguments(type))), s, at, ']', depth,
                         out);
  if (c == '[' || c == '(')
    return written_items(a, arguments(type), s, at, c == '[' ? ']' : ')', depth, out);
  if (c == '{')
    return written_map(a, arguments(type), s, at, depth, out);
  Str word;
  if (c == '\'' && !written_text(a, s, at, &word))
    return false;
  if (c != '\'')
    word = bare(s, at, ",:]})");
  *out = c != '\'' && str_is(word, "NULL") ? val_none() : field_item(a, type, word);
  return c == '\'' || word.len > 0;
}

Value field_nested(Arena *a, Str type, Str s) {
  size_t at = 0;
  Value v;
  return written_value(a, type, s, &at, 0, &v) && at == s.len ? v : field_text(a, type, s);
}
