// ClickHouse's types as the columns of templates know them. In: "LowCardinality(Nullable(String))".
// Out: what kind it is, whether it takes NULL, its text with what dbt's fields keep of it.
#include "../../context/adapter.h"
#include "../../context/column.h"
#include "clickhouse.h"

static const char *const strings[] = {"string",   "text",     "varchar",    "char",
                                      "longtext", "tinytext", "mediumtext", "blob",
                                      "longblob", "tinyblob", "mediumblob", NULL};

static bool starts_nocase(Str s, const char *prefix) {
  return s.len >= strlen(prefix) && str_eq_nocase(str_sub(s, 0, strlen(prefix)), str_c(prefix));
}
static bool is_string(Str type) {
  return column_in_words(type, strings) || starts_nocase(type, "fixedstring");
}
static bool is_integer(Str type) {
  return starts_nocase(type, "int") || starts_nocase(type, "uint");
}
static bool is_float(Str type) { return starts_nocase(type, "float"); }
static bool is_numeric(Str type) { return starts_nocase(type, "decimal"); }

static Str inside(Str type, const char *wrapper) {
  size_t n = strlen(wrapper);
  if (type.len > n + 1 && memcmp(type.ptr, wrapper, n) == 0 && type.ptr[n] == '(' &&
      type.ptr[type.len - 1] == ')')
    return str_sub(type, n + 1, type.len - 1);
  return (Str){NULL, 0};
}

// Takes a wrapper off the type. False: there was none.
static bool unwrap(ColumnObj *c, const char *wrapper) {
  Str in = inside(c->dtype, wrapper);
  c->dtype = in.ptr ? in : c->dtype;
  return in.ptr != NULL;
}

// Nullable and LowCardinality are taken off; the sizes of FixedString and Decimal are read.
static void read_type(ColumnObj *c) {
  c->whole_type = c->dtype;
  c->low_cardinality = unwrap(c, "LowCardinality");
  c->nullable = unwrap(c, "Nullable");
  Str in = inside(c->dtype, "FixedString");
  if (in.ptr)
    c->char_size = column_size(in);
  in = inside(c->dtype, "Decimal");
  ptrdiff_t comma = in.ptr ? str_find(in, STR(","), 0) : -1;
  if (comma >= 0) {
    c->precision = column_size(str_sub(in, 0, (size_t)comma));
    c->scale = column_size(str_sub(in, (size_t)comma + 1, in.len));
  }
}

static Str string_type(Arena *a, Value size) {
  (void)a, (void)size;
  return STR("String");
}

static Str decimal(Arena *a, Str word, Value precision, Value scale) {
  (void)word;
  return column_sized(a, STR("Decimal"), ", ", precision, scale);
}

static Str data_type(Arena *a, const ColumnObj *c) {
  bool sized = is_numeric(c->dtype) && c->precision.kind == VAL_INT && c->scale.kind == VAL_INT;
  Str type = is_string(c->dtype) ? STR("String")
             : sized             ? decimal(a, c->dtype, c->precision, c->scale)
                                 : c->dtype;
  if (c->nullable)
    type = str_fmt(a, "Nullable(%.*s)", STR_ARG(type));
  if (c->low_cardinality)
    type = str_fmt(a, "LowCardinality(%.*s)", STR_ARG(type));
  return type;
}

static Str literal(Arena *a, const ColumnObj *c, Str text) {
  return str_fmt(a, "to%.*s(%.*s)", STR_ARG(is_string(c->dtype) ? STR("String") : c->dtype),
                 STR_ARG(text));
}

static bool attr(const ColumnObj *c, Str name, Value *out) {
  bool nullable = str_is(name, "is_nullable");
  *out = val_bool(nullable ? c->nullable : c->low_cardinality);
  return nullable || str_is(name, "is_low_cardinality");
}

static void print(const Object *o, Buf *out) {
  const ColumnObj *c = (const ColumnObj *)o;
  Arena a = {0};
  buf_addf(out, "%.*s %.*s", STR_ARG(c->name), STR_ARG(data_type(&a, c)));
  arena_free(&a);
}

static void repr(const Object *o, Buf *out) {
  const ColumnObj *c = (const ColumnObj *)o;
  Arena a = {0};
  buf_addf(out, "<ClickhouseColumn %.*s (%.*s, is nullable: %s)>", STR_ARG(c->name),
           STR_ARG(data_type(&a, c)), c->nullable ? "True" : "False");
  arena_free(&a);
}

const ColumnRules clickhouse_columns = {
    .type = COLUMN_TYPE("ClickHouseColumn", .str = print, .repr = repr),
    .nfields = 2,
    .is_string = is_string,
    .is_integer = is_integer,
    .is_float = is_float,
    .is_numeric = is_numeric,
    .read = read_type,
    .data_type = data_type,
    .string_type = string_type,
    .numeric_type = decimal,
    .literal = literal,
    .attr = attr};
