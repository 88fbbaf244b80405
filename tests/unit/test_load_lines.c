// Fields between two databases: what passes, what is written anew, what is refused.
#include "compiler/dialect/dialect.h"
#include "compiler/dialect/load_cell.h"
#include "runtime/load/lines.h"
#include "tests/unit/check.h"

#include <stdlib.h>

static Arena arena, *a = &arena;

static const LoadRules *rules(const char *database) {
  return dialect_find(str_c(database))->load_rules;
}

// One column of a type, NULL in to: the one that holds it.
static LoadColumn column(const char *from, const char *type, const char *to, const char *to_type) {
  Str why = {0};
  const LoadType *t = rules(from)->type(a, str_c(type));
  Str name = to_type ? str_c(to_type) : rules(to)->type_name(a, t, true, &why);
  return (LoadColumn){STR("c"), t, name, rules(to)->cell(a, t, name)};
}

static LoadBad bad;

// What becomes of lines of one column; the reason, where they are refused.
static Str become(LoadColumn c, const char *lines) {
  Buf out = {.arena = a};
  int64_t rows = 0;
  bad = (LoadBad){0};
  return load_lines(&c, 1, str_c(lines), &out, &rows, a, &bad) ? buf_str(&out) : bad.why;
}

static void name_is(const char *from, const char *type, const char *to, const char *want) {
  Str why = {0};
  const LoadType *t = rules(from)->type(a, str_c(type));
  CHECK_STR(rules(to)->type_name(a, t, false, &why), want);
}

static void test_names(void) {
  name_is("postgres", "numeric(10,2)", "clickhouse", "Decimal(10, 2)");
  name_is("postgres", "numeric(5,-2)", "clickhouse", "Decimal(7, 0)");
  name_is("postgres", "numeric(2,5)", "clickhouse", "Decimal(5, 5)");
  name_is("postgres", "numeric", "clickhouse", "Decimal(76, 38)");
  name_is("postgres", "numeric(100,3)", "clickhouse", "Decimal(76, 3)");
  name_is("postgres", "timestamp(3) with time zone", "clickhouse", "DateTime64(3, 'UTC')");
  name_is("postgres", "timestamp without time zone", "clickhouse", "DateTime64(6, 'UTC')");
  name_is("postgres", "enum('a','it''s, so')", "clickhouse", "LowCardinality(String)");
  name_is("postgres", "integer[]", "clickhouse", "Array(Nullable(Int32))");
  name_is("postgres", "box[]", "clickhouse", "String");
  name_is("postgres", "public.citext", "clickhouse", "String");
  name_is("postgres", "interval day to second(3)", "postgres", "interval day to second(3)");
  name_is("postgres", "public.mood", "postgres", "text");
  name_is("postgres", "money[]", "postgres", "numeric(19,2)[]");
  name_is("clickhouse", "LowCardinality(Nullable(String))", "postgres", "text");
  name_is("clickhouse", "UInt64", "postgres", "numeric(20,0)");
  name_is("clickhouse", "DateTime64(9, 'Europe/Berlin')", "postgres", "text");
  name_is("clickhouse", "DateTime64(3)", "postgres", "timestamp(3) with time zone");
  name_is("clickhouse", "Array(Array(UInt8))", "postgres", "jsonb");
  name_is("clickhouse", "Map(String, UInt8)", "postgres", "json");
  name_is("clickhouse", "SimpleAggregateFunction(max, Nullable(Int16))", "postgres", "smallint");
  name_is("clickhouse",
          "Tuple(DateTime Int8, b DateTime, `DateTime` Enum8('DateTime\\'' = 1), c "
          "Array(DateTime64(6)))",
          "clickhouse",
          "Tuple(DateTime Int8, b DateTime('UTC'), `DateTime` Enum8('DateTime\\'' = 1), c "
          "Array(DateTime64(6, 'UTC')))");
  name_is("clickhouse", "Map(DateTime('Europe/Berlin'), DateTime64(9, 'Asia/Tokyo'))", "clickhouse",
          "Map(DateTime('UTC'), DateTime64(9, 'UTC'))");
  name_is("clickhouse", "AggregateFunction(sum, Int64)", "postgres", "");
  name_is("clickhouse", "Nullable(IPv4)", "postgres", "inet");
  const LoadType *t = rules("postgres")->type(a, STR("enum('a', 'it''s, so')"));
  CHECK(t->nlabels == 2);
  CHECK_STR(t->labels[1], "it's, so");
}

static void test_values(void) {
  LoadColumn date = column("postgres", "date", "clickhouse", NULL);
  CHECK_STR(become(date, "1900-01-01\n\\N\n2299-12-31\n"), "1900-01-01\n\\N\n2299-12-31\n");
  CHECK_STR(become(date, "2000-01-01\n1899-12-31\n"),
            "Nullable(Date32) holds 1900-01-01 to 2299-12-31; a type of text holds any");
  CHECK(bad.row == 2 && str_is(bad.text, "1899-12-31"));
  CHECK(str_starts(become(date, "infinity\n"), STR("Nullable(Date32) holds")));
  CHECK(str_starts(become(date, "0044-03-15 BC\n"), STR("Nullable(Date32) holds")));
  LoadColumn moment = column("postgres", "timestamptz", "clickhouse", "DateTime64(3)");
  CHECK_STR(become(moment, "2024-02-29 10:00:00.5\n"), "2024-02-29 10:00:00.5Z\n");
  CHECK_STR(become(moment, "2024-02-29 10:00:00.5005\n"), "DateTime64(3) has 3 digits of a second");
  CHECK_STR(become(moment, "\\N\n"), "DateTime64(3) takes no NULL");
  LoadColumn number = column("postgres", "numeric(6,2)", "clickhouse", NULL);
  CHECK_STR(become(number, "-1234.50\n0.00\n"), "-1234.50\n0.00\n");
  CHECK(str_find(become(number, "NaN\n"), STR("takes numbers of 4 digits"), 0) > 0);
  LoadColumn bytes = column("postgres", "bytea", "clickhouse", NULL);
  CHECK_STR(become(bytes, "\\\\x6869\n\\\\x\n\\\\x5c09\n"), "hi\n\n\\\\\\t\n");
  LoadColumn back = column("clickhouse", "String", "postgres", "bytea");
  CHECK_STR(become(back, "hi\na\\0\\'\xff\n"), "\\\\x6869\n\\\\x610027ff\n");
  LoadColumn text = column("clickhouse", "String", "postgres", NULL);
  CHECK_STR(become(text, "d\xc3\xa9j\\'\\\\\n"), "d\xc3\xa9j\\'\\\\\n");
  CHECK(str_find(become(text, "a\\0b\n"), STR("a byte 0"), 0) > 0);
  CHECK(str_find(become(text, "ab\xff\n"), STR("byte 3 of it is no UTF-8"), 0) == 0);
  LoadColumn zoned = column("clickhouse", "DateTime64(6, 'Europe/Berlin')", "postgres", NULL);
  CHECK_STR(become(zoned, "2024-02-29 10:00:00.500000\n"), "2024-02-29 10:00:00.500000+00\n");
  LoadColumn real = column("postgres", "double precision", "clickhouse", NULL);
  CHECK_STR(become(real, "5\n-0\nNaN\n-Infinity\n"), "5\n-0\nNaN\n-Infinity\n");
  CHECK_STR(become(real, "-12.5\n0.1\n"), "-12.500000000000000000\n0.100000000000000005\n");
  CHECK_STR(become(real, "1e22\n"), "10000000000000000000000\n");
  CHECK(str_find(become(real, "5e-324\n"), STR("as small"), 0) > 0);
  CHECK(str_starts(become(real, "1.5e88\n"), STR("01500"))); // 70 more digits than 19
  LoadColumn wide = column("postgres", "bigint", "clickhouse", "Nullable(Int8)");
  CHECK_STR(become(wide, "127\n"), "127\n");
  CHECK_STR(become(wide, "128\n"), "Nullable(Int8) takes whole numbers from -128 to 127");
}

static void test_arrays(void) {
  LoadColumn texts = column("postgres", "text[]", "clickhouse", NULL);
  CHECK_STR(texts.type, "Array(Nullable(String))");
  CHECK_STR(become(texts, "{a,NULL,\"NULL\",\"b c\",\"it's\",\"q\\\\\"\\\\\\\\\",\"\"}\n{}\n"),
            "['a',NULL,'NULL','b c','it\\'s','q\"\\\\','']\n[]\n");
  CHECK_STR(become(texts, "\\N\n"), "Array(Nullable(String)) takes no NULL");
  CHECK(str_find(become(texts, "{{a},{b}}\n"), STR("not as deep"), 0) > 0);
  CHECK(str_find(become(texts, "[0:1]={a,b}\n"), STR("item 1"), 0) > 0);
  static const char *const broken[] = {"",       "{",    "}",      "{a",         "{a,}",
                                       "{,a}",   "{a}b", "{\"a}",  "{a b\"c\"}", "{}{}",
                                       "{{a},b", "a",    "{\"a\\", "{a,{b}"};
  for (size_t i = 0; i < COUNT(broken); i++) {
    LoadCell c = *texts.cell;
    LoadColumn any = texts;
    c.depth = 0;
    any.cell = &c;
    CHECK_SAYS(
        str_is(become(any, str_cstr(a, str_cat(a, str_c(broken[i]), STR("\n")))), "it is no array"),
        "%s", broken[i]);
  }
  LoadColumn nested = column("postgres", "integer[]", "clickhouse", "Array(Array(Int32))");
  CHECK_STR(become(nested, "{{1,2},{3,4}}\n{}\n"), "[[1,2],[3,4]]\n[]\n");
  CHECK(str_find(become(nested, "{{1,NULL}}\n"), STR("an item is NULL"), 0) == 0);
  LoadColumn bools = column("postgres", "boolean[]", "clickhouse", NULL);
  CHECK_STR(become(bools, "{t,f,NULL}\n"), "[true,false,NULL]\n");
  LoadColumn days = column("postgres", "date[]", "clickhouse", NULL);
  CHECK_STR(become(days, "{2024-02-29}\n"), "['2024-02-29']\n");
  CHECK(str_find(become(days, "{1800-01-01}\n"), STR("holds 1900-01-01"), 0) > 0);
  LoadColumn ragged = column("clickhouse", "Array(Array(Nullable(String)))", "postgres", NULL);
  CHECK_STR(become(ragged, "{{\"a\\\\\"\",NULL},{}}\n"), "[[\"a\\\\\"\",null],[]]\n");
}

// Columns without a look are copied in runs; the line's number of fields is looked at.
static void test_lines(void) {
  LoadColumn c[3] = {column("postgres", "bigint", "clickhouse", NULL),
                     column("postgres", "bytea", "clickhouse", NULL),
                     column("postgres", "text", "clickhouse", NULL)};
  CHECK(!c[0].cell && c[1].cell && !c[2].cell);
  Buf out = {.arena = a};
  int64_t rows = 0;
  CHECK(load_lines(c, 3, STR("1\t\\\\x41\tx\\ty\n\\N\t\\N\t\\N\n3\t\\\\x42\tend"), &out, &rows, a,
                   &bad));
  CHECK_STR(buf_str(&out), "1\tA\tx\\ty\n\\N\t\\N\t\\N\n3\tB\tend");
  CHECK(rows == 3);
  CHECK(!load_lines(c, 3, STR("1\t\\\\x41\tx\n2\n"), &out, &rows, a, &bad));
  CHECK(bad.column == 3 && bad.row == 2);
  CHECK(load_lines(c, 1, STR("1\n2\n"), &out, &rows, a, &bad) && rows == 5);
}

int main(void) {
  test_names();
  test_values();
  test_arrays();
  test_lines();
  arena_free(a);
  return check_done();
}
