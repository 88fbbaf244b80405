// value/bigint: sums, products, quotients, texts and doubles of whole numbers past 64 bits.
#include "compiler/value/bigint.h"

#include "check.h"

#include <math.h>

static Arena arena;

static Value num(const char *s) {
  Value v = val_none();
  CHECK(bigint_parse(&arena, str_c(s), 10, &v));
  return v;
}

static Str text(Value v) {
  Buf b = {.arena = &arena};
  bigint_print(&b, v, 10);
  return buf_str(&b);
}

typedef bool Op(Arena *a, Value x, Value y, Value *out);

static void check_op(Op *op, const char *x, const char *y, const char *want) {
  Value r = val_none();
  CHECK(op(&arena, num(x), num(y), &r));
  CHECK_STR(text(r), want);
}

static void sums(void) {
  check_op(bigint_add, "9223372036854775807", "1", "9223372036854775808");
  check_op(bigint_add, "18446744073709551615", "1", "18446744073709551616");
  check_op(bigint_add, "-9223372036854775808", "-1", "-9223372036854775809");
  check_op(bigint_add, "100000000000000000000000", "-100000000000000000000000", "0");
  check_op(bigint_add, "-100000000000000000000000", "1", "-99999999999999999999999");
  check_op(bigint_sub, "1", "100000000000000000000000", "-99999999999999999999999");
  check_op(bigint_sub, "9223372036854775808", "1", "9223372036854775807");
  check_op(bigint_sub, "0", "-9223372036854775808", "9223372036854775808");
  Value r;
  bigint_sub(&arena, num("9223372036854775808"), val_int(1), &r);
  CHECK(r.kind == VAL_INT && r.i == INT64_MAX);
  bigint_sub(&arena, num("-9223372036854775807"), val_int(1), &r);
  CHECK(r.kind == VAL_INT && r.i == INT64_MIN);
  bigint_add(&arena, val_bool(true), val_bool(true), &r);
  CHECK(r.kind == VAL_INT && r.i == 2);
}

static void products(void) {
  check_op(bigint_mul, "4294967296", "4294967296", "18446744073709551616");
  check_op(bigint_mul, "-123456789012345678901234567890", "987654321098765432109876543210",
           "-121932631137021795226185032733622923332237463801111263526900");
  check_op(bigint_mul, "0", "987654321098765432109876543210", "0");
  Value r;
  CHECK(bigint_pow(&arena, val_int(2), 100, &r));
  CHECK_STR(text(r), "1267650600228229401496703205376");
  CHECK(bigint_pow(&arena, val_int(-3), 5, &r) && r.i == -243);
  CHECK(bigint_pow(&arena, val_int(0), 0, &r) && r.i == 1);
  CHECK(bigint_pow(&arena, val_int(-1), UINT64_MAX, &r) && r.i == -1);
  CHECK(!bigint_pow(&arena, val_int(9), 1u << 30, &r));
  CHECK(!bigint_pow(&arena, val_int(10), 1u << 19, &r));
}

static void quotients(void) {
  static const struct {
    const char *x, *y, *quot, *rem;
  } rows[] = {
      {"7",                               "2",                              "3",                              "1"                            },
      {"-7",                              "2",                              "-4",                             "1"                            },
      {"7",                               "-2",                             "-4",                             "-1"                           },
      {"-7",                              "-2",                             "3",                              "-1"                           },
      {"6",                               "-3",                             "-2",                             "0"                            },
      {"100000000000000000000000000000",  "7",                              "14285714285714285714285714285",  "5"                            },
      {"-100000000000000000000000000000", "7",                              "-14285714285714285714285714286", "2"                            },
      {"1",                               "100000000000000000000000000000", "0",                              "1"                            },
      {"-1",                              "100000000000000000000000000000", "-1",                             "99999999999999999999999999999"},
      {"-9223372036854775808",            "-1",                             "9223372036854775808",            "0"                            },
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    Value q, r;
    CHECK(bigint_divmod(&arena, num(rows[i].x), num(rows[i].y), &q, &r));
    CHECK_STR(text(q), rows[i].quot);
    CHECK_STR(text(r), rows[i].rem);
  }
  Value q, r;
  CHECK(!bigint_divmod(&arena, val_int(1), val_int(0), &q, &r));
}

static void doubles(void) {
  CHECK(bigint_to_double(num("9007199254740993")) == 9007199254740992.0);
  CHECK(bigint_to_double(num("9007199254740995")) == 9007199254740996.0);
  CHECK(bigint_to_double(num("18446744073709551616")) == 18446744073709551616.0);
  CHECK(bigint_to_double(num("-36893488147419103233")) == -36893488147419103232.0);
  CHECK(bigint_to_double(num("123456789012345678901234567890")) ==
        123456789012345678901234567890.0);
  Value r;
  CHECK(bigint_pow(&arena, val_int(10), 400, &r) && isinf(bigint_to_double(r)));
  CHECK(bigint_from_double(&arena, 1e22, &r));
  CHECK_STR(text(r), "10000000000000000000000");
  CHECK(bigint_from_double(&arena, -1e23, &r));
  CHECK_STR(text(r), "-99999999999999991611392");
  CHECK(bigint_from_double(&arena, 9223372036854775808.0, &r));
  CHECK_STR(text(r), "9223372036854775808");
  CHECK(bigint_from_double(&arena, -3.9, &r) && r.i == -3);
  CHECK(!bigint_from_double(&arena, NAN, &r) && !bigint_from_double(&arena, INFINITY, &r));
}

static void texts(void) {
  Value v;
  CHECK(bigint_parse(&arena, STR("ff"), 16, &v) && v.i == 255);
  CHECK(bigint_parse(&arena, STR("-0000000000000000000000000000012"), 10, &v) && v.i == -12);
  CHECK(!bigint_parse(&arena, STR("12a"), 10, &v) && !bigint_parse(&arena, STR(""), 10, &v));
  CHECK(!bigint_parse(&arena, STR("-"), 10, &v) && !bigint_parse(&arena, STR("1_0"), 10, &v));
  CHECK(bigint_parse(&arena, STR("zz"), 36, &v) && v.i == 1295);
  Buf b = {.arena = &arena};
  bigint_print(&b, num("-18446744073709551616"), 16);
  CHECK_STR(buf_str(&b), "-10000000000000000");
  CHECK(bigint_cmp(num("18446744073709551616"), num("18446744073709551615")) > 0);
  CHECK(bigint_cmp(num("-18446744073709551616"), val_int(5)) < 0);
  CHECK(bigint_cmp(val_bool(true), val_int(1)) == 0);
  uint64_t h;
  CHECK(val_hash(val_float(18446744073709551616.0), &h) &&
        h == bigint_hash(num("18446744073709551616")));
}

int main(void) {
  sums();
  products();
  quotients();
  doubles();
  texts();
  arena_free(&arena);
  return check_done();
}
