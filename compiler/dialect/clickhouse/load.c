// ClickHouse's types in a load (load_type.h): what its names mean, which of its types holds what
// another database has, and what TabSeparated takes. ClickHouse changes much without a word (days
// are moved into the range of Date32, digits cut, NULL is 0), so what it gets is looked at here.
#include "../load_type.h"

#include "../load_cell.h"
#include "clickhouse.h"
#include "type_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// clang-format off
#define INT(n) {.kind = LOAD_INT, .bits = n}
#define UINT(n) {.kind = LOAD_INT, .bits = n, .is_unsigned = true}
#define DECIMAL(n) {.kind = LOAD_DECIMAL, .precision = n}
static const struct {
  const char *name;
  LoadType type;
} types[] = {
    {"Int8", INT(8)}, {"Int16", INT(16)}, {"Int32", INT(32)}, {"Int64", INT(64)}, {"Int128", INT(128)}, {"Int256", INT(256)},
    {"UInt8", UINT(8)}, {"UInt16", UINT(16)}, {"UInt32", UINT(32)}, {"UInt64", UINT(64)}, {"UInt128", UINT(128)},
    {"UInt256", UINT(256)},
    {"BFloat16", {.kind = LOAD_FLOAT, .bits = 16}}, {"Float32", {.kind = LOAD_FLOAT, .bits = 32}},
    {"Float64", {.kind = LOAD_FLOAT, .bits = 64}},
    {"Decimal", DECIMAL(10)}, {"Decimal32", DECIMAL(9)}, {"Decimal64", DECIMAL(18)}, {"Decimal128", DECIMAL(38)},
    {"Decimal256", DECIMAL(76)},
    {"Bool", {.kind = LOAD_BOOL}}, {"String", {.kind = LOAD_TEXT}}, {"FixedString", {.kind = LOAD_TEXT}},
    {"UUID", {.kind = LOAD_UUID}}, {"Date", {.kind = LOAD_DATE}}, {"Date32", {.kind = LOAD_DATE}},
    {"DateTime", {.kind = LOAD_MOMENT, .zoned = true}}, {"DateTime64", {.kind = LOAD_MOMENT, .precision = 3, .zoned = true}},
    {"Time", {.kind = LOAD_TIME}}, {"Time64", {.kind = LOAD_TIME, .precision = 3}},
    {"Enum8", {.kind = LOAD_ENUM}}, {"Enum16", {.kind = LOAD_ENUM}}, {"Array", {.kind = LOAD_ARRAY}},
    {"Tuple", {.kind = LOAD_JSON}}, {"Map", {.kind = LOAD_JSON}}, {"JSON", {.kind = LOAD_JSON}},
    {"Nested", {.kind = LOAD_JSON}},
};
// clang-format on
enum { MOST_DIGITS = 76 };

// --- names of types

static void finish(Arena *a, LoadType *t, Str head, Str rest) {
  Str one, number, all = rest;
  long first = clickhouse_type_argument(&rest, &one) ? clickhouse_type_number(one) : -1;
  if (t->kind == LOAD_DECIMAL && first >= 0 && str_eq_nocase(head, STR("Decimal"))) {
    t->precision = (int)first;
    t->scale = clickhouse_type_argument(&rest, &one) ? (int)clickhouse_type_number(one) : 0;
  } else if (t->kind == LOAD_DECIMAL) {
    t->scale = first < 0 ? 0 : (int)first;
  } else if (first >= 0 && (t->kind == LOAD_TIME || str_eq_nocase(head, STR("DateTime64")))) {
    t->precision = (int)first;
  } else if (t->kind == LOAD_TEXT) {
    t->alone = str_eq_nocase(head, STR("FixedString"));
  } else if (t->kind == LOAD_ARRAY && first >= 0) {
    t->item = clickhouse_load.type(a, one);
  } else if (t->kind == LOAD_ARRAY) {
    t->kind = LOAD_OTHER;
  } else if (t->kind == LOAD_ENUM) {
    Str *labels = arena_array(a, Str, all.len / 2 + 1);
    while (clickhouse_type_argument(&all, &one))
      t->nlabels += clickhouse_type_label(a, one, &labels[t->nlabels], &number);
    t->labels = labels;
  }
}

static const LoadType *leaf_of(const LoadType *t, size_t *depth) {
  for (*depth = 0; t->kind == LOAD_ARRAY && t->item; t = t->item)
    ++*depth;
  return t;
}

// Where the word DateTime or DateTime64 ends that begins at s[at] and is a type; else 0.
static size_t moment_end(Str s, size_t at) {
  Str rest = str_sub(s, at, s.len);
  if (!str_starts(rest, STR("DateTime")) || (at && str_word_char(s.ptr[at - 1])))
    return 0;
  size_t n = str_starts(rest, STR("DateTime64")) ? 10 : 8;
  bool type = n == rest.len || strchr("(),", rest.ptr[n]); // a blank is behind the name of a part
  return type ? at + n : 0;
}

// The same type with each moment in it in UTC: a text of another zone has an hour of each year
// twice.
static Str in_zone_utc(Arena *a, Str name) {
  Buf out = {.arena = a};
  char quote = 0; // the one that closes
  for (size_t i = 0, end; i < name.len; i++) {
    char c = name.ptr[i];
    if (quote || !(end = moment_end(name, i))) {
      quote = quote ? (c == quote ? 0 : quote) : c == '\'' || c == '`' ? c : 0;
      buf_addc(&out, c);
      if (quote && c == '\\' && i + 1 < name.len)
        buf_addc(&out, name.ptr[++i]);
      continue;
    }
    buf_add(&out, str_sub(name, i, end));
    Str behind = str_sub(name, end, name.len), precision = STR("3");
    ptrdiff_t shut = behind.len && behind.ptr[0] == '(' ? str_find(behind, STR(")"), 0) : -1;
    if (shut > 1)
      precision = str_sub(behind, 1, 2);
    if (name.ptr[end - 1] == '4')
      buf_addf(&out, "(%.*s, 'UTC')", STR_ARG(precision));
    else
      buf_adds(&out, "('UTC')");
    i = end + (size_t)(shut + 1) - 1;
  }
  return out.len == name.len && str_eq(buf_str(&out), name) ? name : buf_str(&out);
}

static const LoadType *type(Arena *a, Str given) {
  Str name = str_dup(a, str_trim(given)), rest, inner = name, head;
  bool nullable = false;
  while (head = clickhouse_type_head(inner, &rest),
         str_among(head, "Nullable LowCardinality SimpleAggregateFunction")) {
    Str function;
    nullable |= str_is(head, "Nullable");
    if (str_is(head, "SimpleAggregateFunction"))
      clickhouse_type_argument(&rest, &function);
    inner = str_trim(rest);
  }
  LoadType *t = arena_new(a, LoadType);
  t->kind = LOAD_OTHER;
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_eq_nocase(head, str_c(types[i].name)))
      *t = types[i].type;
  t->name = name;
  t->bare = inner;
  t->of = &clickhouse_load;
  t->nullable = nullable || str_among(head, "Variant Dynamic"); // NULL is one of their values
  finish(a, t, head, rest);
  size_t depth;
  LoadKind leaf = leaf_of(t, &depth)->kind;
  if (leaf != LOAD_MOMENT &&
      leaf != LOAD_FLOAT) // their texts are read as others, see print_float()
    t->own = in_zone_utc(a, name);
  return t;
}

// --- the type that holds another one

static Str decimal_name(Arena *a, const LoadType *t) {
  if (t->precision < 0)
    return str_fmt(a, "Decimal(%d, %d)", MOST_DIGITS, MOST_DIGITS / 2);
  int precision = t->precision < MOST_DIGITS ? t->precision : MOST_DIGITS;
  int scale = t->scale < precision ? t->scale : precision;
  return str_fmt(a, "Decimal(%d, %d)", precision, scale < 0 ? 0 : scale);
}

// The name without Nullable().
static Str bare_name(Arena *a, const LoadType *t) {
  switch (t->kind) {
  case LOAD_BOOL:
    return STR("Bool");
  case LOAD_INT:
    return str_fmt(a, "%sInt%d", t->is_unsigned ? "U" : "", t->bits);
  case LOAD_FLOAT:
    return t->bits <= 32 ? STR("Float32") : STR("Float64");
  case LOAD_DECIMAL:
    return decimal_name(a, t);
  case LOAD_UUID:
    return STR("UUID");
  case LOAD_DATE:
    return STR("Date32");
  case LOAD_MOMENT: // the clock on a wall is kept in UTC, too: other zones have no 02:30 on some
                    // days
    return str_fmt(a, "DateTime64(%d, 'UTC')", t->precision);
  default:
    return STR("String");
  }
}

static Str type_name(Arena *a, const LoadType *t, bool nullable, Str *why) {
  *why = t->name.len ? (Str){0} : STR("the column has no type");
  if (t->of == &clickhouse_load)
    return nullable && !t->nullable ? dialect_clickhouse.nullable(a, t->name)
           : t->own.len             ? t->own
                                    : t->name;
  if (t->kind == LOAD_ARRAY) {
    Str item = type_name(a, t->item, t->item->nullable, why);
    return item.len ? str_fmt(a, "Array(%.*s)", STR_ARG(item)) : item;
  }
  if (t->kind == LOAD_ENUM) // takes a label that the source gets later, as Enum8 would not
    return nullable ? STR("LowCardinality(Nullable(String))") : STR("LowCardinality(String)");
  Str name = bare_name(a, t);
  return nullable ? str_fmt(a, "Nullable(%.*s)", STR_ARG(name)) : name;
}

// --- reading

static Str own(Arena *a, Str column, const LoadType *t) {
  if (!t->own.len || str_eq(t->own, t->name))
    return column;
  Buf out = {.arena = a};
  buf_addf(&out, "CAST(%.*s, '", STR_ARG(column));
  for (size_t i = 0; i < t->own.len; i++) {
    if (t->own.ptr[i] == '\'' || t->own.ptr[i] == '\\')
      buf_addc(&out, '\\');
    buf_addc(&out, t->own.ptr[i]);
  }
  buf_adds(&out, "')");
  return buf_str(&out);
}

// An expression of a value that is not NULL, as the item of a literal.
static void item_text(Arena *a, Buf *out, Str v, const LoadType *t, int depth);

static void literal(Arena *a, Buf *out, Str v, const LoadType *t, int depth) {
  Str x = str_fmt(a, "x%d", depth);
  buf_addf(out, "concat('{', arrayStringConcat(arrayMap(%.*s -> ifNull(", STR_ARG(x));
  item_text(a, out, x, t->item, depth + 1);
  buf_addf(out, ", 'NULL'), %.*s), ','), '}')", STR_ARG(v));
}

static void item_text(Arena *a, Buf *out, Str v, const LoadType *t, int depth) {
  switch (t->kind) {
  case LOAD_ARRAY:
    literal(a, out, v, t, depth);
    return;
  case LOAD_INT:
  case LOAD_FLOAT:
  case LOAD_DECIMAL:
  case LOAD_DATE:
  case LOAD_UUID:
    buf_addf(out, "toString(%.*s)", STR_ARG(v));
    return;
  case LOAD_BOOL:
    buf_addf(out, "substring(toString(%.*s), 1, 1)", STR_ARG(v));
    return;
  case LOAD_MOMENT:
    buf_addf(out, "concat('\"', toString(toTimeZone(%.*s, 'UTC')), '\"')", STR_ARG(v));
    return;
  default:
    buf_addf(
        out,
        "concat('\"', replaceAll(replaceAll(%s(%.*s), '\\\\', '\\\\\\\\'), '\"', '\\\\\"'), '\"')",
        t->kind == LOAD_JSON ? "toJSONString" : "toString", STR_ARG(v));
  }
}

static Str reading(Arena *a, Str column, const LoadType *t) {
  Buf out = {.arena = a};
  switch (t->kind) {
  case LOAD_MOMENT:
    return str_fmt(a, "toTimeZone(%.*s, 'UTC')", STR_ARG(column));
  case LOAD_JSON:
    return str_fmt(a, "toJSONString(%.*s)", STR_ARG(own(a, column, t)));
  case LOAD_OTHER:
    return str_fmt(a, "toString(%.*s)", STR_ARG(column));
  case LOAD_ARRAY:
    literal(a, &out, column, t, 1);
    return buf_str(&out);
  default:
    return column;
  }
}

// --- writing

// In an array the escapes of TabSeparated stand once, and in the quotes.
static void quote(Buf *out, Str text) {
  size_t from = 0;
  buf_addc(out, '\'');
  for (ptrdiff_t at; (at = str_find(text, STR("'"), from)) >= 0; from = (size_t)at + 1) {
    load_escape(out, str_sub(text, from, (size_t)at));
    buf_adds(out, "\\'");
  }
  load_escape(out, str_sub(text, from, text.len));
  buf_addc(out, '\'');
}
static const LoadArray brackets = {
    '[', ']', "NULL", {"false", "true"},
       quote
};

static void limits_of(LoadCell *c, Str head) {
  bool days = str_eq_nocase(head, STR("Date")), seconds = str_eq_nocase(head, STR("DateTime"));
  if (days) {
    c->least = STR("1970-01-01"), c->most = STR("2149-06-06");
  } else if (str_eq_nocase(head, STR("Date32"))) {
    c->least = STR("1900-01-01"), c->most = STR("2299-12-31");
  } else if (seconds) {
    c->least = STR("1970-01-01 00:00:00"), c->most = STR("2106-02-07 06:28:15");
  } else {
    c->least = STR("1900-01-01 00:00:00");
    c->most = c->behind == 9 ? STR("2262-04-11 23:47:15") : STR("2299-12-31 23:59:59");
  }
}

// "DateTime64(6, 'UTC')" -> whether a text without a zone is read in UTC there.
static bool in_utc(Str arguments) {
  Str one, zone = {0};
  while (clickhouse_type_argument(&arguments, &one))
    zone = one;
  return str_is(zone, "'UTC'");
}

// "-12.500000000000000000": 18 digits behind the point.
static void add_digits(Buf *out, bool minus, uint64_t whole, uint64_t behind) {
  char text[48], *at = text + sizeof text;
  for (int i = 0; i < 18; i++, behind /= 10)
    *--at = (char)('0' + behind % 10);
  *--at = '.';
  do
    *--at = (char)('0' + whole % 10);
  while (whole /= 10);
  if (minus)
    *--at = '-';
  buf_add(out, str_n(at, (size_t)(text + sizeof text - at)));
}

// Before 26.7 ClickHouse adds up a float from what stands before and behind the point, and
// multiplies that with the power of ten behind an e: 0.3e-300 is off by a digit or two. A text of
// 18 digits behind the point and without an e is so near to the float that its way of reading finds
// it.
static void print_float(Buf *out, double f) {
  __extension__ typedef unsigned __int128 Wide;
  double size = fabs(f);
  char text[400];
  if (size == floor(size) && size < 1e15) {
    buf_addf(out, "%.0f", f);
  } else if (size >= 0.1 && size < 1e15) {
    uint64_t whole = (uint64_t)size;
    // The part behind the point is m / 2^64: the float has at most 57 bits there.
    uint64_t m = (uint64_t)ldexp(size - (double)whole, 64);
    Wide digits = ((Wide)m * 1000000000000000000U) >> 64;
    add_digits(out, f < 0, whole, (uint64_t)digits);
  } else {
    // 19 digits, none of them behind the 323rd place. Of some powers of ten its table has fewer
    // digits than of the others (30, 50, 70 ...): a digit less, or a zero in front, makes it
    // another one.
    int place = (int)floor(log10(size)), digits = 18 - place;
    digits = digits > 323 ? 323 : digits;
    digits -= digits > 0 && digits % 20 == 10;
    snprintf(text, sizeof text, "%.*f", digits < 0 ? 0 : digits, size);
    size_t whole = strcspn(text, ".");
    buf_add(out, f < 0 ? STR("-") : STR(""));
    buf_add(out, whole > 19 && (whole - 19) % 20 == 10 ? STR("0") : STR(""));
    buf_add(out, str_c(text));
  }
}

// A float's text, which c->behind bits hold; NaN and Infinity as they are.
static bool write_float(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  char number[64], *end = number;
  size_t from = out->len;
  if (text.len >= sizeof number) {
    *why = STR("it is no float");
    return false;
  }
  memcpy(number, text.ptr, text.len);
  number[text.len] = 0;
  double f = c->behind == 64 ? strtod(number, &end) : (double)strtof(number, &end);
  if (!text.len || *end) {
    *why = STR("it is no float");
    return false;
  }
  if (!isfinite(f)) {
    buf_add(out, text);
    return true;
  }
  print_float(out, f);
  if (fabs(f) >= 1e-300 || f == 0 ||
      strtod(str_cstr(a, str_sub(buf_str(out), from, out->len)), NULL) == f)
    return true;
  *why = STR("ClickHouse does not read numbers as small as this one exactly; String holds any");
  return false;
}

// The same of what is no float there.
static bool write_held_float(const LoadCell *c, Str text, Buf *out, Arena *a, Str *why) {
  Buf held = {.arena = a};
  return load_write_held(c, text, &held, a, why) && write_float(c, buf_str(&held), out, a, why);
}

// What ClickHouse makes of a value of t in a column of the type `to`, whose name in parts is head
// (arguments).
static LoadCell cell_of(Arena *a, const LoadType *t, const LoadType *to, Str head, Str arguments) {
  LoadCell c = {.type = to->name, .before = -1, .behind = -1, .zone = ""};
  c.holds = clickhouse_cell_type(a, to->name);
  switch (to->kind) {
  case LOAD_TEXT: {
    bool fixed = str_eq_nocase(head, STR("FixedString"));
    c.behind = fixed ? clickhouse_type_number(arguments) : 0;
    if (t->kind == LOAD_BYTES)
      c.write = load_write_bytes;
    else if (fixed && !(t->of == to->of && str_eq(t->name, to->name)))
      c.check = load_check_length;
    break;
  }
  case LOAD_BOOL:
    c.write = t->kind == LOAD_BOOL ? NULL : load_write_held;
    break;
  case LOAD_INT:
    if (t->kind == LOAD_BOOL)
      c.write = load_write_bit;
    else if (t->kind != LOAD_INT ||
             (t->is_unsigned ? t->bits + !to->is_unsigned : t->bits) > to->bits ||
             (to->is_unsigned && !t->is_unsigned))
      c.write = load_write_held;
    break;
  case LOAD_FLOAT:
    c.behind = to->bits;
    c.write = t->kind == LOAD_FLOAT && t->bits <= to->bits ? write_float : write_held_float;
    break;
  case LOAD_DECIMAL:
    c.before = to->precision - to->scale;
    c.behind = to->scale;
    if (t->kind == LOAD_DECIMAL || t->kind == LOAD_INT)
      c.check = load_check_decimal;
    else
      c.write = load_write_held;
    break;
  case LOAD_DATE:
    limits_of(&c, head);
    if (t->kind == LOAD_DATE)
      c.check = load_check_day;
    else
      c.write = load_write_held;
    break;
  case LOAD_MOMENT:
    c.behind = to->precision;
    limits_of(&c, head);
    c.zone = in_utc(arguments) ? "" : "Z";
    if (t->kind == LOAD_DATE)
      c.write = load_write_midnight;
    else if (t->kind != LOAD_MOMENT)
      c.write = load_write_held;
    else if (*c.zone)
      c.write = load_write_moment;
    else
      c.check = load_check_moment;
    break;
  case LOAD_OTHER:
  case LOAD_UUID:
  case LOAD_TIME:
  case LOAD_ENUM:
    if (t->kind != to->kind || t->of != to->of)
      c.write = load_write_held;
    break;
  case LOAD_JSON: // the texts of tuples and maps are left to ClickHouse, which refuses what is none
  default:
    break;
  }
  return c;
}

// The type without Nullable() and LowCardinality().
static Str unwrapped(Str name, Str *arguments, bool *nullable) {
  Str head;
  *nullable = false;
  while (head = clickhouse_type_head(name, arguments),
         str_is(head, "Nullable") || str_is(head, "LowCardinality")) {
    *nullable |= str_is(head, "Nullable");
    name = str_trim(*arguments);
  }
  return head;
}

static LoadCell *cell(Arena *a, const LoadType *t, Str name) {
  LoadCell *c = arena_new(a, LoadCell), *item = arena_new(a, LoadCell);
  if (load_is_own(&clickhouse_load, t, name))
    return NULL;
  const LoadType *to = type(a, name);
  size_t depth, had;
  bool nullable;
  Str arguments, head = unwrapped(to->name, &arguments, &nullable);
  if (to->kind == LOAD_ARRAY && t->kind == LOAD_ARRAY) {
    const LoadType *leaf = leaf_of(to, &depth);
    head = unwrapped(leaf->name, &arguments, &nullable);
    *item = cell_of(a, leaf_of(t, &had), leaf, head, arguments);
    item->no_null = !nullable;
    *c = (LoadCell){.write = load_write_array,
                    .type = to->name,
                    .array = &brackets,
                    .leaf = leaf,
                    .depth = depth,
                    .item = item};
    nullable = false;
  } else if (to->kind == LOAD_ARRAY) {
    *c = (LoadCell){.write = load_write_nothing, .type = to->name};
  } else {
    *c = cell_of(a, t, to, head, arguments);
  }
  c->no_null = !nullable && !str_among_nocase(head, "variant dynamic");
  c->plain = c->write == load_write_array || c->write == load_write_moment ||
             c->write == load_write_bit || c->write == load_write_midnight ||
             c->write == write_float || c->write == write_held_float;
  return c->no_null || c->check || c->write ? c : NULL;
}

const LoadRules clickhouse_load = {
    .session = "",
    .settings =
        "bool_true_representation=t&bool_false_representation=f&date_time_output_format=simple&"
        "output_format_json_quote_denormals=1&output_format_json_quote_64bit_integers=0",
    .catalog_type = "a.type",
    .type = type,
    .type_name = type_name,
    .select = reading,
    .own = own,
    .cell = cell,
};
