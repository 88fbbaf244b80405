// Postgres' names of types -> what they hold. In: "numeric(5,2)", "timestamp(0) without time zone".
// Out: a CellType. Postgres refuses most of what does not fit by itself; what it would change
// without a word is found here: digits of a fraction, zones, times of a day, blanks at the end.
#include "../cell.h"

// clang-format off
#define SMALLINT {.kind = CELL_INTEGER, .least = STR_INIT("-32768"), .most = STR_INIT("32767")}
#define INTEGER {.kind = CELL_INTEGER, .least = STR_INIT("-2147483648"), .most = STR_INIT("2147483647")}
#define BIGINT {.kind = CELL_INTEGER, .least = STR_INIT("-9223372036854775808"), .most = STR_INIT("9223372036854775807")}
#define FLOAT8 {.kind = CELL_FLOAT, .wide = true}
#define TIMESTAMP {.kind = CELL_MOMENT, .scale = 6, .with_zone = STR_INIT("timestamp with time zone")}
#define TIME {.kind = CELL_TIME, .scale = 6, .with_zone = STR_INIT("time with time zone")}
// name, and another one that people write; what it holds. Other types are left to the database.
static const struct {
  const char *name;
  CellType type;
} types[] = {
    {"smallint",                    SMALLINT}, {"int2", SMALLINT},
    {"integer",                     INTEGER}, {"int", INTEGER}, {"int4", INTEGER},
    {"bigint",                      BIGINT}, {"int8", BIGINT},
    {"real",                        {.kind = CELL_FLOAT}}, {"float4", {.kind = CELL_FLOAT}},
    {"double precision",            FLOAT8}, {"float8", FLOAT8}, {"float", FLOAT8},
    {"numeric",                     {.kind = CELL_DECIMAL}}, {"decimal", {.kind = CELL_DECIMAL}},
    {"boolean",                     {.kind = CELL_BOOLEAN}}, {"bool", {.kind = CELL_BOOLEAN}},
    {"date",                        {.kind = CELL_DATE}},
    {"timestamp without time zone", TIMESTAMP}, {"timestamp", TIMESTAMP},
    {"timestamp with time zone",    {.kind = CELL_MOMENT, .scale = 6}}, {"timestamptz", {.kind = CELL_MOMENT, .scale = 6}},
    {"time without time zone",      TIME}, {"time", TIME},
    {"time with time zone",         {.kind = CELL_TIME, .scale = 6}}, {"timetz", {.kind = CELL_TIME, .scale = 6}},
    {"character varying",           {.kind = CELL_TEXT}}, {"varchar", {.kind = CELL_TEXT}},
    {"character",                   {.kind = CELL_TEXT}}, {"char", {.kind = CELL_TEXT}},
    {"text",                        {.kind = CELL_TEXT}},
    {"name",                        {.kind = CELL_TEXT, .bytes = 63}},
    {"\"char\"",                    {.kind = CELL_TEXT, .bytes = 1}},
};
// clang-format on

// "numeric(5,2)" -> "numeric", 5, 2; "timestamp(3) without time zone" -> without the (3).
static Str split(Arena *a, Str type, long given[2]) {
  ptrdiff_t open = str_find(type, STR("("), 0), shut = str_find(type, STR(")"), 0);
  given[0] = given[1] = -1;
  if (open < 0 || shut < open)
    return type;
  size_t n = 0;
  for (size_t i = (size_t)open + 1; i < (size_t)shut && n < 2; i++) {
    char c = type.ptr[i];
    if (c == ',')
      n++;
    else if (c >= '0' && c <= '9' && given[n] < 100000000)
      given[n] = (given[n] < 0 ? 0 : given[n] * 10) + (c - '0');
    else if (c == '-') // numeric(5,-2) rounds to hundreds
      return STR("");
  }
  return str_cat(a, str_sub(type, 0, (size_t)open), str_sub(type, (size_t)shut + 1, type.len));
}

static void finish(CellType *t, const long given[2]) {
  if (given[0] < 0)
    return;
  if (t->kind == CELL_DECIMAL) {
    t->precision = given[0];
    t->scale = given[1] < 0 ? 0 : given[1];
  } else if (t->kind == CELL_MOMENT || t->kind == CELL_TIME) {
    t->scale = given[0];
  } else if (t->kind == CELL_TEXT) {
    t->chars = (size_t)given[0];
  }
}

const CellType *postgres_cell_type(Arena *a, Str type) {
  long given[2];
  Str name = str_trim(type), head = split(a, name, given);
  CellType *t = arena_new(a, CellType);
  for (size_t i = 0; i < COUNT(types); i++)
    if (str_eq_nocase(head, str_c(types[i].name)))
      *t = types[i].type;
  finish(t, given);
  t->name = str_dup(a, name);
  t->nullable = true; // NOT NULL is the database's
  return t;
}
