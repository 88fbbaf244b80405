// dialect/cell: what each type holds of a text, what is sent for it, and what is said when it holds
// none of it. What a database makes of the texts is in tests/e2e/test_seed_cells.py.
#include "check.h"
#include "compiler/dialect/cell.h"

#include <stdlib.h>

typedef struct Case {
  const char *type, *text;
  CellFit fit;
  const char *out; // the text that is sent (FITS, LEFT), what the cell becomes (CUT)
} Case;

// clang-format off
static const Case clickhouse[] = {
    {"Int8", "127", CELL_FITS, "127"}, {"Int8", "-128", CELL_FITS, "-128"}, {"Int8", "128", CELL_REFUSED, ""},
    {"Int8", "-129", CELL_REFUSED, ""}, {"Int8", "1e2", CELL_FITS, "100"}, {"Int8", "100.00", CELL_FITS, "100"},
    {"Int8", " +007 ", CELL_FITS, "7"}, {"Int8", "-", CELL_REFUSED, ""}, {"Int8", "1.5", CELL_REFUSED, ""},
    {"Int8", "1,0", CELL_REFUSED, ""}, {"UInt8", "-0", CELL_FITS, "0"}, {"UInt8", "-1", CELL_REFUSED, ""},
    {"Nullable(UInt64)", "18446744073709551615", CELL_FITS, "18446744073709551615"},
    {"LowCardinality(Nullable(UInt64))", "18446744073709551616", CELL_REFUSED, ""},
    {"UInt256", "1e77", CELL_FITS, "100000000000000000000000000000000000000000000000000000000000000000000000000000"},
    {"UInt256", "1e78", CELL_REFUSED, ""}, {"Int256", "1e400", CELL_REFUSED, ""},
    {"Float32", "1234567.9", CELL_FITS, "1234567.9"}, {"Float32", "1234567.89", CELL_CUT, "1234567.9"},
    {"Float32", "16777217", CELL_CUT, "16777216"}, {"Float32", "0.100000001", CELL_CUT, "0.1"},
    {"Float32", "1e39", CELL_REFUSED, ""}, {"Float32", "-inf", CELL_FITS, "-inf"}, {"Float32", "1e", CELL_REFUSED, ""},
    {"Float64", "0.10000000000000001", CELL_FITS, "0.10000000000000001"}, {"Float64", "1e-400", CELL_REFUSED, ""},
    {"Float64", "9007199254740993", CELL_CUT, "9007199254740992"}, {"Float64", "NaN", CELL_FITS, "nan"},
    {"Decimal(5, 2)", "999.99", CELL_FITS, "999.99"}, {"Decimal(5, 2)", "1.230", CELL_FITS, "1.230"},
    {"Decimal(5, 2)", "1.239", CELL_REFUSED, ""}, {"Decimal(5, 2)", "1000", CELL_REFUSED, ""}, {"Decimal(5, 2)", "nan", CELL_REFUSED, ""},
    {"Bool", "Yes", CELL_FITS, "true"}, {"Bool", "0", CELL_FITS, "false"}, {"Bool", "2", CELL_REFUSED, ""},
    {"Date", "1970-01-01", CELL_FITS, "1970-01-01"}, {"Date", "2149-06-06", CELL_FITS, "2149-06-06"},
    {"Date", "2149-06-07", CELL_REFUSED, ""}, {"Date", "1969-12-31", CELL_REFUSED, ""}, {"Date", "2026-13-02", CELL_REFUSED, ""},
    {"Date", "2023-02-29", CELL_REFUSED, ""}, {"Date", "2024/2/9", CELL_FITS, "2024-02-09"}, {"Date", "soon", CELL_REFUSED, ""},
    {"Date", "2024-01-05 00:00:00", CELL_FITS, "2024-01-05"}, {"Date", "2024-01-05 00:00:01", CELL_CUT, "2024-01-05"},
    {"Date", "2149-06-06 23:59:59.5", CELL_CUT, "2149-06-06"}, {"Date", "2149-06-07 01:00:00", CELL_REFUSED, ""},
    {"Array(Date)", "['2024-01-05 10:00:00']", CELL_REFUSED, "2024-01-05 10:00:00"}, {"Date32", "1899-12-31 23:00:00+00", CELL_REFUSED, ""},
    {"Date", "05/01/2024", CELL_LEFT, "05/01/2024"}, {"Date32", "1900-01-01", CELL_FITS, "1900-01-01"}, {"Date32", "1899-12-31", CELL_REFUSED, ""},
    {"DateTime", "2106-02-07 06:28:15", CELL_FITS, "2106-02-07 06:28:15"}, {"DateTime", "2106-02-07 06:28:16", CELL_REFUSED, ""},
    {"DateTime", "2024-01-01T01:00:00+02:00", CELL_FITS, "2023-12-31 23:00:00Z"}, {"DateTime", "2024-01-01 10:61:00", CELL_REFUSED, ""},
    {"DateTime", "2024-01-01 10:00:00.5", CELL_REFUSED, ""}, {"DateTime", "1704448800", CELL_LEFT, "1704448800"},
    {"DateTime64(3, 'UTC')", "1900-01-01 00:00:00.123", CELL_FITS, "1900-01-01 00:00:00.123"},
    {"DateTime64(3)", "2024-01-01 00:00:00.1234", CELL_REFUSED, ""}, {"DateTime64(9)", "2262-04-12 00:00:00", CELL_REFUSED, ""},
    {"Time", "25:00:00", CELL_FITS, "25:00:00"}, {"Time", "10:61:00", CELL_REFUSED, ""}, {"Time64(3)", "10:00:00.1239", CELL_REFUSED, ""},
    {"FixedString(3)", "abc", CELL_FITS, "abc"}, {"FixedString(3)", "\xc3\xa9\xc3\xa9", CELL_REFUSED, ""},
    {"UUID", "61f0c404-5cb3-11e7-907b-a6006ad3dba0", CELL_FITS, "61f0c404-5cb3-11e7-907b-a6006ad3dba0"}, {"UUID", "61f0c404", CELL_REFUSED, ""},
    {"IPv4", "01.2.3.255", CELL_FITS, "01.2.3.255"}, {"IPv4", "1.2.3.256", CELL_REFUSED, ""}, {"IPv4", "1.2.3", CELL_REFUSED, ""},
    {"IPv6", "::1", CELL_FITS, "::1"}, {"IPv6", "::g", CELL_REFUSED, ""},
    {"Enum8('a' = 1, 'it\\'s' = -2)", "it's", CELL_FITS, "it's"}, {"Enum8('a' = 1, 'b' = -2)", "-2", CELL_FITS, "-2"}, {"Enum8('a' = 1)", "A", CELL_REFUSED, ""},
    {"Enum8('5`' = 1, 'b' = 2)", "b", CELL_FITS, "b"}, {"Enum8('5`' = 1, 'b' = 2)", "5`", CELL_FITS, "5`"},
    {"Array(UInt8)", "[1, 255]", CELL_FITS, "[1, 255]"}, {"Array(UInt8)", "[1, 256]", CELL_REFUSED, "256"}, {"Array(UInt8)", "1,2", CELL_LEFT, "1,2"},
    {"Array(Nullable(Date))", "['2024-01-01',NULL]", CELL_FITS, "['2024-01-01',NULL]"}, {"Array(Date)", "['2026-13-02']", CELL_REFUSED, "2026-13-02"},
    {"Array(Array(Int8))", "[[1],[],[200]]", CELL_REFUSED, "200"}, {"Tuple(a UInt8, b String)", "(300,'x')", CELL_REFUSED, "300"},
    {"Map(String, UInt8)", "{'a':1,'b':300}", CELL_REFUSED, "300"}, {"Map(String, Decimal(3, 1))", "{'a,}':1.2}", CELL_FITS, "{'a,}':1.2}"},
    {"JSON", "x", CELL_LEFT, "x"}, {"String", " x ", CELL_FITS, " x "},
};
static const Case postgres[] = {
    {"smallint", "32768", CELL_REFUSED, ""}, {"int2", "-32768", CELL_FITS, "-32768"}, {"integer", "1_000", CELL_LEFT, "1_000"}, {"integer", "x", CELL_REFUSED, ""},
    {"numeric", "1e400", CELL_FITS, "1e400"}, {"numeric(5,2)", "1.239", CELL_REFUSED, ""}, {"numeric(5,2)", "nan", CELL_FITS, "nan"}, {"numeric(3)", "1.5", CELL_REFUSED, ""},
    {"numeric(5,-2)", "12345", CELL_LEFT, "12345"}, {"real", "16777217", CELL_CUT, "16777216"}, {"double precision", "1e309", CELL_REFUSED, ""},
    {"character varying(3)", "abcd", CELL_REFUSED, ""}, {"character varying(3)", "abc ", CELL_REFUSED, ""}, {"varchar(3)", "\xc3\xa9\xc3\xa9\xc3\xa9", CELL_FITS, "\xc3\xa9\xc3\xa9\xc3\xa9"},
    {"date", "9999-12-31", CELL_FITS, "9999-12-31"}, {"date", "2024-01-05 10:00:00", CELL_CUT, "2024-01-05"}, {"date", "2024-01-05T23:00:00-05:00", CELL_CUT, "2024-01-05"}, {"date", "infinity", CELL_LEFT, "infinity"},
    {"timestamp without time zone", "2024-01-01T10:00:00Z", CELL_FITS, "2024-01-01 10:00:00"}, {"timestamp", "2024-01-01T10:00:00+02:00", CELL_REFUSED, ""},
    {"timestamp with time zone", "2024-01-01T10:00:00+02:00", CELL_FITS, "2024-01-01 08:00:00Z"},
    {"timestamptz", "9999-12-31 23:00:00-05", CELL_LEFT, "9999-12-31 23:00:00-05"}, {"timestamptz", "0001-01-01 00:00:00+05", CELL_LEFT, "0001-01-01 00:00:00+05"},
    {"timestamp(0) without time zone", "2024-01-01 10:00:00.5", CELL_REFUSED, ""},
    {"time without time zone", "10:00:00+02", CELL_REFUSED, ""}, {"time without time zone", "2024-01-01 10:00", CELL_REFUSED, ""}, {"time", "10:00", CELL_FITS, "10:00"},
    {"boolean", "of", CELL_FITS, "false"}, {"boolean", "maybe", CELL_REFUSED, ""}, {"jsonb", "x", CELL_LEFT, "x"},
};
// As dbt reads a column of numbers: what is no number has the fit CELL_REFUSED.
static const Case loose[] = {
    {"Float64", "$1,234.50", CELL_CUT, "1234.5"}, {"Float64", "-5%", CELL_CUT, "-5"}, {"Float64", "1,234,567", CELL_FITS, "1234567"}, {"Float64", "1_000", CELL_FITS, "1000"},
    {"Float64", "1,5", CELL_REFUSED, ""}, {"Float64", "1,,000", CELL_REFUSED, ""}, {"Float64", "5%5", CELL_REFUSED, ""}, {"Float64", "1234,567", CELL_REFUSED, ""},
    {"Int32", "007", CELL_CUT, "7"}, {"Int32", "0", CELL_FITS, "0"}, {"Float64", "00.5", CELL_FITS, "0.5"},
    {"DateTime64(3)", "2024-01-01 10:00:00.1239", CELL_CUT, "2024-01-01 10:00:00.123"},
};
// clang-format on

static void check_case(const Case *c, bool is_loose, const CellType *(*type)(Arena *, Str)) {
  Arena a = {0};
  Buf out = {.arena = &a};
  CellSaid said;
  CellFit fit = cell_write(type(&a, str_c(c->type)), str_c(c->text), is_loose, &out, &said);
  Str got = fit == CELL_CUT ? str_c(said.becomes) : fit == CELL_REFUSED ? said.part : buf_str(&out);
  if (fit != c->fit || !str_eq(got, str_c(c->out)))
    printf("%s <- '%s': %d '%.*s'\n", c->type, c->text, (int)fit, STR_ARG(got));
  CHECK(fit == c->fit && str_eq(got, str_c(c->out)));
  CHECK(fit == CELL_REFUSED ? !out.len : out.len > 0);
  arena_free(&a);
}

// A Float32 holds a text when the shortest text that is the same float is that text.
static void floats_are_as_they_print(void) {
  Arena a = {0};
  const CellType *t = clickhouse_cell_type(&a, STR("Float32"));
  size_t wrong = 0, held = 0;
  srand(7);
  for (int i = 0; i < 20000; i++) {
    char text[48], shortest[48];
    CellNumber n;
    long digits_of = rand() % 1000000000 + 1;
    snprintf(text, sizeof text, "%lde-%d", i % 2 ? digits_of : (long)(float)(digits_of / 10),
             rand() % 9);
    for (int digits = 1; digits < 10; digits++) {
      snprintf(shortest, sizeof shortest, "%.*g", digits, (double)strtof(text, NULL));
      if (strtof(shortest, NULL) == strtof(text, NULL))
        break;
    }
    bool same = strtod(shortest, NULL) == strtod(text, NULL);
    wrong += !cell_number(str_c(text), &n) || (cell_holds_number(t, &n) == CELL_FITS) != same;
    held += same;
  }
  CHECK(wrong == 0 && held > 1000 && held < 19000);
  arena_free(&a);
}

int main(void) {
  for (size_t i = 0; i < COUNT(clickhouse); i++)
    check_case(&clickhouse[i], false, clickhouse_cell_type);
  for (size_t i = 0; i < COUNT(postgres); i++)
    check_case(&postgres[i], false, postgres_cell_type);
  for (size_t i = 0; i < COUNT(loose); i++)
    check_case(&loose[i], true, clickhouse_cell_type);
  floats_are_as_they_print();
  return check_done();
}
