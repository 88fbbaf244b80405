// The text of a field -> a value, by the name of its type. Arrays, maps, tuples and JSON become
// JSON text, as dbt's tables have them.
#include "cells.h"
#include "../../compiler/base/bigint.h"
#include "../../compiler/base/json.h"
#include "../../compiler/template/ops.h"

#include <stdlib.h>

typedef Value ReadFn(Arena *a, Str type, Str s);
struct CellReader {
  const char *prefix;
  ReadFn *read;
};

// --- single values

static Value text_cell(Arena *a, Str type, Str s) {
  (void)type;
  return val_str(str_dup(a, s));
}

static Value int_cell(Arena *a, Str type, Str s) {
  char buf[32];
  if (s.len < 19) {
    memcpy(buf, s.ptr, s.len);
    buf[s.len] = 0;
    return val_int(strtoll(buf, NULL, 10));
  }
  Value v;
  return bigint_parse(a, s, 10, &v) ? v : text_cell(a, type, s);
}

static Value decimal_cell(Arena *a, Str type, Str s) {
  Value v;
  return decimal_parse(a, s, &v) ? v : text_cell(a, type, s);
}

// A Decimal of the digits that Python would print for the float.
static Value float_cell(Arena *a, Str type, Str s) {
  char *end, *t = str_cstr(a, s);
  double f = strtod(t, &end);
  return *end ? text_cell(a, type, s) : decimal_cell(a, type, val_to_str(a, val_float(f)));
}

static Value time_cell(Arena *a, Str type, Str s) {
  Value v;
  return datetime_parse(a, str_dup(a, s), &v) ? v : text_cell(a, type, s);
}

static Value bool_cell(Arena *a, Str type, Str s) {
  (void)a, (void)type;
  return val_bool(s.len && (s.ptr[0] == 't' || s.ptr[0] == 'T' || s.ptr[0] == '1'));
}

// --- values with values in them

static Value json_text(Arena *a, Value v) {
  Buf out = {.arena = a};
  Json j = {.out = &out};
  json_value(&j, v);
  return val_str(buf_str(&out));
}

// The type's name without modifiers is one of `names`.
static bool is_type(Str type, const char *const *names) {
  ptrdiff_t open = str_find(type, STR("("), 0);
  type = open < 0 ? type : str_sub(type, 0, (size_t)open);
  for (; *names; names++)
    if (str_eq(type, str_c(*names)))
      return true;
  return false;
}

static const char *const pg_numbers[] = {"smallint", "integer",          "bigint", "numeric",
                                         "real",     "double precision", "oid",    NULL};
static const char *const pg_texts[] = {"text", "character varying", "character", "name", "inet",
                                       "cidr", "macaddr",           "time",      NULL};
static const char *const pg_times[] = {"date", "timestamp without time zone",
                                       "timestamp with time zone", NULL};
static const char *const pg_others[] = {"boolean", NULL};

// A bare word: a number where it is one, else text.
static Value number(Arena *a, Str s) {
  Value v;
  char *end, *t = str_cstr(a, s);
  if (s.len && bigint_parse(a, s, 10, &v))
    return v;
  double f = strtod(t, &end);
  return *end || !s.len ? val_str(s) : val_float(f);
}

static Value pg_element(Arena *a, Str type, Str s) {
  if (is_type(type, pg_numbers))
    return number(a, s);
  if (is_type(type, pg_others))
    return val_bool(str_is(s, "t"));
  if (is_type(type, pg_times) && s.len > 10 && s.ptr[10] == ' ') {
    char *iso = str_cstr(a, s);
    iso[10] = 'T';
    return val_str(str_fmt(a, "%s%s", iso, str_ends(s, STR("+00")) ? ":00" : ""));
  }
  return val_str(s);
}

enum { NESTING = 100 };

// {1,NULL,"a b",{..}} -> a list; *at stands behind it. False: not in that form.
static bool pg_array(Arena *a, Str type, Str s, size_t *at, unsigned depth, Value *out) {
  if (depth > NESTING || *at >= s.len || s.ptr[*at] != '{')
    return false;
  *out = val_list(a, 8);
  for ((*at)++; *at < s.len && s.ptr[*at] != '}';) {
    Value item;
    char c = s.ptr[*at];
    if (c == '{') {
      if (!pg_array(a, type, s, at, depth + 1, &item))
        return false;
    } else if (c == '"') {
      Buf b = {.arena = a};
      for ((*at)++; *at < s.len && s.ptr[*at] != '"'; (*at)++) {
        *at += s.ptr[*at] == '\\' && *at + 1 < s.len;
        buf_addc(&b, s.ptr[*at]);
      }
      (*at)++;
      item = pg_element(a, type, buf_str(&b));
    } else {
      size_t from = *at;
      while (*at < s.len && s.ptr[*at] != ',' && s.ptr[*at] != '}')
        (*at)++;
      Str word = str_sub(s, from, *at);
      item = str_is(word, "NULL") ? val_none() : pg_element(a, type, str_dup(a, word));
    }
    list_push(a, out->list, item);
    *at += *at < s.len && s.ptr[*at] == ',';
  }
  (*at)++;
  return *at <= s.len;
}

static Value array_cell(Arena *a, Str type, Str s) {
  Str element = str_sub(type, 0, type.len - 2);
  size_t at = 0;
  Value v;
  bool known = is_type(element, pg_numbers) || is_type(element, pg_texts) ||
               is_type(element, pg_times) || is_type(element, pg_others);
  return known && pg_array(a, element, s, &at, 0, &v) && at == s.len ? json_text(a, v)
                                                                     : text_cell(a, type, s);
}

static Value json_cell(Arena *a, Str type, Str s) {
  Source *src = arena_new(a, Source);
  *src = (Source){.path = STR("a field"), .text = str_dup(a, s)};
  Diags ignored = {0};
  Value v;
  bool good = json_read(a, src, &v, &ignored);
  diags_free(&ignored);
  if (!good)
    return text_cell(a, type, s);
  if (v.kind == VAL_FLOAT)
    return decimal_cell(a, type, val_to_str(a, v));
  return v.kind == VAL_DICT || v.kind == VAL_LIST ? json_text(a, v) : v;
}

// ClickHouse writes ['a',1], (1,'x'), {'k':1}, NULL; *at stands behind what was read.
static bool ch_value(Arena *a, Str s, size_t *at, unsigned depth, Value *out);

static bool ch_list(Arena *a, Str s, size_t *at, char close, unsigned depth, Value *out) {
  *out = val_list(a, 8);
  for ((*at)++; *at < s.len && s.ptr[*at] != close;) {
    Value item;
    if (!ch_value(a, s, at, depth + 1, &item))
      return false;
    list_push(a, out->list, item);
    *at += *at < s.len && s.ptr[*at] == ',';
  }
  (*at)++;
  return *at <= s.len;
}

static bool ch_map(Arena *a, Str s, size_t *at, unsigned depth, Value *out) {
  *out = val_dict(a);
  for ((*at)++; *at < s.len && s.ptr[*at] != '}';) {
    Value key, item;
    if (!ch_value(a, s, at, depth + 1, &key) || *at >= s.len || s.ptr[*at] != ':')
      return false;
    (*at)++;
    if (!ch_value(a, s, at, depth + 1, &item))
      return false;
    dict_sets(a, out->dict, val_to_str(a, key), item);
    *at += *at < s.len && s.ptr[*at] == ',';
  }
  (*at)++;
  return *at <= s.len;
}

static bool ch_value(Arena *a, Str s, size_t *at, unsigned depth, Value *out) {
  if (depth > NESTING || *at >= s.len)
    return false;
  char c = s.ptr[*at];
  if (c == '[' || c == '(')
    return ch_list(a, s, at, c == '[' ? ']' : ')', depth, out);
  if (c == '{')
    return ch_map(a, s, at, depth, out);
  if (c == '\'') {
    static const char escapes[] = "n\nt\tr\rb\bf\f0\0";
    Buf b = {.arena = a};
    for ((*at)++; *at < s.len && s.ptr[*at] != '\''; (*at)++) {
      char ch = s.ptr[*at];
      if (ch == '\\' && *at + 1 < s.len) {
        ch = s.ptr[++*at];
        for (size_t i = 0; i + 1 < sizeof escapes; i += 2)
          if (escapes[i] == s.ptr[*at])
            ch = escapes[i + 1];
      }
      buf_addc(&b, ch);
    }
    (*at)++;
    *out = val_str(buf_str(&b));
    return *at <= s.len;
  }
  size_t from = *at;
  while (*at < s.len && !strchr(",:]})", s.ptr[*at]))
    (*at)++;
  Str word = str_sub(s, from, *at);
  *out = str_is(word, "NULL")    ? val_none()
         : str_is(word, "true")  ? val_bool(true)
         : str_is(word, "false") ? val_bool(false)
                                 : number(a, str_dup(a, word));
  return word.len > 0;
}

static Value nested_cell(Arena *a, Str type, Str s) {
  size_t at = 0;
  Value v;
  return ch_value(a, s, &at, 0, &v) && at == s.len ? json_text(a, v) : text_cell(a, type, s);
}

// --- by type

// A type's first letters say how its text is read; the longer prefix stands first.
static const CellReader readers[] = {
    {"interval",  text_cell   },
    {"Interval",  text_cell   },
    {"int4range", text_cell   },
    {"int8range", text_cell   },
    {"daterange", text_cell   },
    {"int",       int_cell    },
    {"Int",       int_cell    },
    {"UInt",      int_cell    },
    {"bigint",    int_cell    },
    {"smallint",  int_cell    },
    {"oid",       int_cell    },
    {"numeric",   decimal_cell},
    {"Decimal",   decimal_cell},
    {"double",    float_cell  },
    {"real",      float_cell  },
    {"float",     float_cell  },
    {"Float",     float_cell  },
    {"bool",      bool_cell   },
    {"Bool",      bool_cell   },
    {"datetime",  time_cell   },
    {"date",      time_cell   },
    {"Date",      time_cell   },
    {"timestamp", time_cell   },
    {"json",      json_cell   },
    {"Array(",    nested_cell },
    {"Map(",      nested_cell },
    {"Tuple(",    nested_cell },
};
static const CellReader text_reader = {"", text_cell}, array_reader = {"[]", array_cell};

static Str inner_type(Str type) {
  static const Str wrappers[] = {STR_INIT("Nullable("), STR_INIT("LowCardinality(")};
  for (size_t i = 0; i < 2; i++)
    if (str_starts(type, wrappers[i]) && str_ends(type, STR(")")))
      return inner_type(str_sub(type, wrappers[i].len, type.len - 1));
  return type;
}

const CellReader *cell_reader(Str type) {
  type = inner_type(type);
  if (str_ends(type, STR("[]")))
    return &array_reader;
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
    if (str_starts(type, str_c(readers[i].prefix)))
      return &readers[i];
  return &text_reader;
}

Value cell_value(const CellReader *r, Arena *a, Str type, Str text) {
  return r->read(a, type, text);
}
