// ClickHouse's names of types -> what they hold. In: "LowCardinality(Nullable(UInt8))", "Decimal(9,
// 2)". Out: a CellType. Leaves the checks to cell.c.
#include "../cell.h"
#include "type_parts.h"

enum { DAY = 86400, LAST_DAY = 65535 };
static const int64_t year_1900 = -2208988800, year_2300 = 10413792000, last_32 = 4294967295;
static const int64_t last_nano = 9223372036;

// clang-format off
// name, type; what has arguments is finished by finish().
static const struct {
  const char *name;
  CellType type;
} types[] = {
    {"Int8",        {.kind = CELL_INTEGER, .least = STR_INIT("-128"), .most = STR_INIT("127")}},
    {"Int16",       {.kind = CELL_INTEGER, .least = STR_INIT("-32768"), .most = STR_INIT("32767")}},
    {"Int32",       {.kind = CELL_INTEGER, .least = STR_INIT("-2147483648"), .most = STR_INIT("2147483647")}},
    {"Int64",       {.kind = CELL_INTEGER, .least = STR_INIT("-9223372036854775808"), .most = STR_INIT("9223372036854775807")}},
    {"Int128",      {.kind = CELL_INTEGER, .least = STR_INIT("-170141183460469231731687303715884105728"),
                     .most = STR_INIT("170141183460469231731687303715884105727")}},
    {"Int256",      {.kind = CELL_INTEGER, .least = STR_INIT("-57896044618658097711785492504343953926634992332820282019728792003956564819968"),
                     .most = STR_INIT("57896044618658097711785492504343953926634992332820282019728792003956564819967")}},
    {"UInt8",       {.kind = CELL_INTEGER, .least = STR_INIT("0"), .most = STR_INIT("255")}},
    {"UInt16",      {.kind = CELL_INTEGER, .least = STR_INIT("0"), .most = STR_INIT("65535")}},
    {"UInt32",      {.kind = CELL_INTEGER, .least = STR_INIT("0"), .most = STR_INIT("4294967295")}},
    {"UInt64",      {.kind = CELL_INTEGER, .least = STR_INIT("0"), .most = STR_INIT("18446744073709551615")}},
    {"UInt128",     {.kind = CELL_INTEGER, .least = STR_INIT("0"), .most = STR_INIT("340282366920938463463374607431768211455")}},
    {"UInt256",     {.kind = CELL_INTEGER, .least = STR_INIT("0"),
                     .most = STR_INIT("115792089237316195423570985008687907853269984665640564039457584007913129639935")}},
    {"Float32",     {.kind = CELL_FLOAT}},
    {"Float64",     {.kind = CELL_FLOAT, .wide = true}},
    {"Decimal",     {.kind = CELL_DECIMAL}},
    {"Bool",        {.kind = CELL_BOOLEAN}},
    {"Date",        {.kind = CELL_DATE, .from = 0, .to = (int64_t)LAST_DAY * DAY}},
    {"Date32",      {.kind = CELL_DATE, .from = year_1900, .to = year_2300 - DAY}},
    {"DateTime",    {.kind = CELL_MOMENT, .from = 0, .to = last_32}},
    {"DateTime64",  {.kind = CELL_MOMENT, .from = year_1900, .to = year_2300 - 1}},
    {"Time",        {.kind = CELL_TIME}},
    {"Time64",      {.kind = CELL_TIME}},
    {"String",      {.kind = CELL_TEXT, .nullable = true}}, // '' stands for NULL there, as with dbt-clickhouse
    {"FixedString", {.kind = CELL_TEXT, .nullable = true}},
    {"UUID",        {.kind = CELL_UUID}},
    {"IPv4",        {.kind = CELL_IPV4}},
    {"IPv6",        {.kind = CELL_IPV6}},
    {"Enum8",       {.kind = CELL_ENUM}},
    {"Enum16",      {.kind = CELL_ENUM}},
    {"Array",       {.kind = CELL_ARRAY, .nullable = true}},
    {"Tuple",       {.kind = CELL_TUPLE, .nullable = true}},
    {"Map",         {.kind = CELL_MAP, .nullable = true}},
};
// clang-format on

// "`a b` UInt8" -> UInt8: parts of a tuple may have names.
static Str without_name(Str part) {
  size_t i = 0;
  if (part.len && part.ptr[0] == '`') {
    ptrdiff_t end = str_find(part, STR("` "), 1);
    return end < 0 ? part : str_trim(str_sub(part, (size_t)end + 2, part.len));
  }
  while (i < part.len && part.ptr[i] != ' ' && part.ptr[i] != '(')
    i++;
  return i < part.len && part.ptr[i] == ' ' ? str_trim(str_sub(part, i, part.len)) : part;
}

static void finish_nested(Arena *a, CellType *t, Str *given, size_t n) {
  t->parts = arena_array(a, const CellType *, n + 1);
  t->nparts = n;
  for (size_t i = 0; i < n; i++)
    t->parts[i] =
        clickhouse_cell_type(a, t->kind == CELL_TUPLE ? without_name(given[i]) : given[i]);
  if (!n)
    t->kind = CELL_ANY;
}

static void finish(Arena *a, CellType *t, Str head, Str *given, size_t n) {
  long first = n ? clickhouse_type_number(given[0]) : 0;
  if (t->kind == CELL_DECIMAL) {
    t->precision = first;
    t->scale = n > 1 ? clickhouse_type_number(given[1]) : 0;
  } else if (str_is(head, "FixedString")) {
    t->bytes = (size_t)first;
  } else if (t->kind == CELL_ENUM) {
    Str *words = arena_array(a, Str, 2 * n + 1);
    for (size_t i = 0; i < n; i++)
      if (clickhouse_type_label(a, given[i], &words[t->nwords], &words[t->nwords + 1]))
        t->nwords += 2;
    t->words = words;
  } else if (t->kind == CELL_MOMENT && t->from) {
    t->scale = n ? first : 3;
    t->to = t->scale == 9 ? last_nano : t->to;
  } else if (str_is(head, "Time64")) {
    t->scale = n ? first : 3;
  } else if (t->kind >= CELL_ARRAY) {
    finish_nested(a, t, given, n);
  }
}

const CellType *clickhouse_cell_type(Arena *a, Str type) {
  Str name = str_trim(type), rest, head, one;
  bool nullable = false;
  while (head = clickhouse_type_head(name, &rest),
         str_is(head, "Nullable") || str_is(head, "LowCardinality")) {
    nullable |= str_is(head, "Nullable");
    name = str_trim(rest);
  }
  CellType *t = arena_new(a, CellType);
  *t = (CellType){.nullable = true};
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_eq_nocase(head, str_c(types[i].name)))
      *t = types[i].type;
  t->name = str_dup(a, name);
  t->nullable |= nullable;
  t->strict = true;
  size_t n = 0;
  for (Str count = rest; clickhouse_type_argument(&count, &one);)
    n++;
  Str *given = arena_array(a, Str, n + 1);
  for (size_t i = 0; clickhouse_type_argument(&rest, &one); i++)
    given[i] = one;
  finish(a, t, head, given, n);
  return t;
}
