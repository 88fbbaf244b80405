// Decimal: exact decimal numbers as databases return them: reading, printing, comparing,
// calculating. In: digits. Out: Python's decimal.Decimal with its default context. Coefficients are
// whole numbers of value/bigint. Leaves methods and roots to modules_decimal_*.c.
#include "modules_decimal.h"

#include "modules_decimal_math.h"
#include "modules_decimal_methods.h"
#include "std_text.h"

#include <math.h>

Value decimal_new(Arena *a, bool negative, Value coeff, int64_t exp) {
  Decimal *d = arena_new(a, Decimal);
  *d = (Decimal){{&decimal_type}, negative, 0, coeff, exp};
  return val_obj(d);
}

Value decimal_special(Arena *a, bool negative, char special) {
  Value v = decimal_new(a, negative, zero(), 0);
  ((Decimal *)v.obj)->special = special;
  return v;
}

Str coeff_digits(Arena *a, Value coeff) {
  Buf b = {.arena = a};
  bigint_print(&b, coeff, 10);
  return buf_str(&b);
}

Value power10(Arena *a, int64_t n) {
  Value p = val_int(1);
  bigint_pow(a, val_int(10), n < 0 ? 0 : (uint64_t)n, &p);
  return p;
}

// Whether a coefficient goes up by one, of which `rest` of `unit` was cut off.
static bool goes_up(Arena *a, Value coeff, Value rest, Value unit, bool negative, Rounding r) {
  Value twice, last;
  if (rest.kind == VAL_INT && !rest.i)
    return false;
  bigint_mul(a, rest, val_int(2), &twice);
  bigint_divmod(a, coeff, val_int(10), &rest, &last);
  int half = bigint_cmp(twice, unit);
  bool up[] = {[ROUND_HALF_EVEN] = half > 0 || (!half && last.i % 2),
               [ROUND_HALF_UP] = half >= 0,
               [ROUND_HALF_DOWN] = half > 0,
               [ROUND_UP] = true,
               [ROUND_DOWN] = false,
               [ROUND_CEILING] = !negative,
               [ROUND_FLOOR] = negative,
               [ROUND_05UP] = last.i == 0 || last.i == 5};
  return up[r];
}

static Value shifted(Arena *a, Value coeff, int64_t by, bool negative, Rounding r) {
  Value out = coeff, rest = coeff;
  if (by >= 0) {
    bigint_mul(a, coeff, power10(a, by), &out);
    return out;
  }
  // Past all digits each unit is as good as any other.
  int64_t digits = (int64_t)coeff_digits(a, coeff).len, most = digits + 1;
  Value unit = power10(a, -by < most ? -by : most);
  bigint_divmod(a, coeff, unit, &out, &rest);
  if (goes_up(a, out, rest, unit, negative, r))
    bigint_add(a, out, val_int(1), &out);
  return out;
}

Value coeff_shifted(Arena *a, Value coeff, int64_t by) {
  return shifted(a, coeff, by, false, ROUND_HALF_EVEN);
}

Value decimal_to_exp(Arena *a, const Decimal *d, int64_t exp, Rounding r) {
  return decimal_new(a, d->negative, shifted(a, d->coeff, d->exp - exp, d->negative, r), exp);
}

Value decimal_rounded(Arena *a, bool negative, Value coeff, int64_t exp) {
  int64_t extra = (int64_t)coeff_digits(a, coeff).len - PRECISION;
  if (extra > 0) {
    coeff = coeff_shifted(a, coeff, -extra);
    exp += extra;
    if (coeff_digits(a, coeff).len > PRECISION) { // 99..9 went up to 100..0
      coeff = coeff_shifted(a, coeff, -1);
      exp++;
    }
  }
  return decimal_new(a, negative, coeff, exp);
}

bool decimal_parse(Arena *a, Str s, Value *out) {
  s = str_strip_space(s);
  bool negative = s.len && s.ptr[0] == '-';
  size_t at = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  Str body = str_sub(s, at, s.len);
  if (str_eq_nocase(body, STR("nan")) || str_eq_nocase(body, STR("inf")) ||
      str_eq_nocase(body, STR("infinity"))) {
    *out = decimal_special(a, negative, (body.ptr[0] | 32) == 'n' ? 'N' : 'I');
    return true;
  }
  Buf digits = {.arena = a};
  int64_t exp = 0;
  bool point = false;
  for (; at < s.len; at++) {
    char c = s.ptr[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      buf_addc(&digits, c);
      exp -= point;
    } else if (c != '_' || !digits.len) {
      break;
    }
  }
  if (!digits.len || digits.len > 20000)
    return false;
  if (at < s.len && (s.ptr[at] | 32) == 'e') {
    Value e;
    if (!bigint_parse(a, str_sub(s, at + 1, s.len), 10, &e) || e.kind != VAL_INT ||
        e.i > EXP_LIMIT || e.i < -EXP_LIMIT)
      return false;
    exp += e.i;
    at = s.len;
  }
  Value coeff;
  if (at != s.len || !bigint_parse(a, buf_str(&digits), 10, &coeff))
    return false;
  *out = decimal_new(a, negative, coeff, exp);
  return true;
}

// How many digits stand before the point, which an exponent then moves.
static int64_t digits_before(const Decimal *d, int64_t n, bool eng) {
  int64_t left = d->exp + n;
  if (d->exp <= 0 && left > -6)
    return left;
  if (!eng)
    return 1;
  int64_t lead = is_zero(d) ? left + 1 : left - 1;
  lead = (lead % 3 + 3) % 3;
  return is_zero(d) ? lead - 1 : lead + 1;
}

void decimal_print(Buf *out, const Decimal *d, bool eng, char e) {
  if (d->negative)
    buf_addc(out, '-');
  if (d->special) {
    buf_add(out, d->special == 'I' ? STR("Infinity") : STR("NaN"));
    return;
  }
  Buf digits = {0};
  bigint_print(&digits, d->coeff, 10);
  int64_t n = (int64_t)digits.len, left = d->exp + n, point = digits_before(d, n, eng);
  if (point <= 0)
    buf_adds(out, "0.");
  for (int64_t i = point; i < 0; i++)
    buf_addc(out, '0');
  for (int64_t i = 0; i < n; i++) {
    if (i == point && i)
      buf_addc(out, '.');
    buf_addc(out, digits.ptr[i]);
  }
  for (int64_t i = n; i < point; i++)
    buf_addc(out, '0');
  if (left != point)
    buf_addf(out, "%c%+lld", e, (long long)(left - point));
  buf_free(&digits);
}

static void decimal_str(const Object *o, Buf *out) {
  decimal_print(out, (const Decimal *)o, false, 'E');
}

static void decimal_repr(const Object *o, Buf *out) {
  buf_adds(out, "Decimal('");
  decimal_str(o, out);
  buf_adds(out, "')");
}

double decimal_double(const Decimal *d) {
  if (d->special)
    return d->special == 'N' ? (double)NAN : d->negative ? -(double)INFINITY : (double)INFINITY;
  Arena a = {0};
  Str s = str_fmt(&a, "%s%.*se%lld", d->negative ? "-" : "", STR_ARG(coeff_digits(&a, d->coeff)),
                  (long long)d->exp);
  double f = 0;
  parse_float(&a, s, &f);
  arena_free(&a);
  return f;
}

bool decimal_of(Arena *a, Value v, Value *out) {
  if (val_is_type(v, &decimal_type)) {
    *out = v;
    return true;
  }
  if (!val_is_whole(v))
    return false;
  bool negative = bigint_cmp(v, zero()) < 0;
  Value coeff = v.kind == VAL_BOOL ? val_int(v.b) : v;
  if (negative)
    bigint_sub(a, zero(), coeff, &coeff);
  *out = decimal_new(a, negative, coeff, 0);
  return true;
}

Value decimal_from_float(Arena *a, double f) {
  if (!isfinite(f))
    return decimal_special(a, f < 0, isnan(f) ? 'N' : 'I');
  Value v = decimal_new(a, false, zero(), 0);
  decimal_parse(a, str_fmt(a, "%.1100f", f), &v);
  return v;
}

static int cmp_magnitude(Arena *a, const Decimal *x, const Decimal *y) {
  if (is_zero(x) || is_zero(y))
    return is_zero(x) == is_zero(y) ? 0 : is_zero(x) ? -1 : 1;
  int64_t ax = x->exp + (int64_t)coeff_digits(a, x->coeff).len,
          ay = y->exp + (int64_t)coeff_digits(a, y->coeff).len;
  if (ax != ay)
    return ax < ay ? -1 : 1;
  int64_t low = x->exp < y->exp ? x->exp : y->exp;
  return bigint_cmp(coeff_shifted(a, x->coeff, x->exp - low),
                    coeff_shifted(a, y->coeff, y->exp - low));
}

int decimal_compare(Arena *a, const Decimal *x, const Decimal *y) {
  if (x->special || y->special) {
    double fx = x->special ? decimal_double(x) : 0, fy = y->special ? decimal_double(y) : 0;
    return fx < fy ? -1 : fx > fy;
  }
  if (is_zero(x) && is_zero(y))
    return 0;
  bool nx = x->negative && !is_zero(x), ny = y->negative && !is_zero(y);
  if (nx != ny)
    return nx ? -1 : 1;
  int c = cmp_magnitude(a, x, y);
  return nx ? -c : c;
}

static bool decimal_eq(const Object *o, Value other) {
  Arena a = {0};
  Value y;
  bool eq = false;
  if (other.kind == VAL_FLOAT)
    y = decimal_from_float(&a, other.f);
  else if (!decimal_of(&a, other, &y))
    return false;
  if (((const Decimal *)o)->special != 'N' && dec(y)->special != 'N')
    eq = !decimal_compare(&a, (const Decimal *)o, dec(y));
  arena_free(&a);
  return eq;
}

static uint64_t decimal_hash(const Object *o) {
  uint64_t h = 0;
  double f = decimal_double((const Decimal *)o);
  val_hash(val_float(f), &h);
  return h;
}

// --- arithmetic
static Value add(Eval *ev, const Decimal *x, const Decimal *y, bool flip) {
  Arena *a = eval_arena(ev);
  bool yneg = y->negative != flip;
  int64_t low = x->exp < y->exp ? x->exp : y->exp;
  if (x->exp - low > 5000 || y->exp - low > 5000)
    eval_fail(ev, "the numbers are too far apart to add");
  Value p = coeff_shifted(a, x->coeff, x->exp - low), q = coeff_shifted(a, y->coeff, y->exp - low),
        r;
  if (x->negative == yneg) {
    bigint_add(a, p, q, &r);
    return decimal_rounded(a, yneg, r, low);
  }
  int c = bigint_cmp(p, q);
  bigint_sub(a, c < 0 ? q : p, c < 0 ? p : q, &r);
  return decimal_rounded(a, c ? (c < 0 ? yneg : x->negative) : false, r, low);
}

static Value divide(Eval *ev, const Decimal *x, const Decimal *y) {
  Arena *a = eval_arena(ev);
  bool negative = x->negative != y->negative;
  if (is_zero(y))
    eval_fail(ev, is_zero(x) ? "DivisionUndefined: 0 / 0" : "DivisionByZero: x / 0");
  if (is_zero(x))
    return decimal_new(a, negative, zero(), x->exp - y->exp);
  int64_t shift = (int64_t)coeff_digits(a, y->coeff).len - (int64_t)coeff_digits(a, x->coeff).len +
                  PRECISION + 1;
  int64_t exp = x->exp - y->exp - shift, ideal = x->exp - y->exp;
  Value q, r, top = shift > 0 ? coeff_shifted(a, x->coeff, shift) : x->coeff;
  Value low = shift < 0 ? coeff_shifted(a, y->coeff, -shift) : y->coeff;
  bigint_divmod(a, top, low, &q, &r);
  if (r.kind != VAL_INT || r.i) { // a sticky last digit keeps the rounding right
    Value five, rest;
    bigint_divmod(a, q, val_int(5), &five, &rest);
    if (!rest.i)
      bigint_add(a, q, val_int(1), &q);
  } else {
    for (Value ten, rest; exp < ideal; exp++, q = ten) {
      bigint_divmod(a, q, val_int(10), &ten, &rest);
      if (rest.i)
        break;
    }
  }
  return decimal_rounded(a, negative, q, exp);
}

// Quotient towards zero and rest with the dividend's sign.
static Value whole_divide(Eval *ev, const Decimal *x, const Decimal *y, bool rest) {
  Arena *a = eval_arena(ev);
  if (is_zero(y))
    eval_fail(ev, is_zero(x) ? "DivisionUndefined: 0 // 0" : "DivisionByZero: x // 0");
  int64_t low = x->exp < y->exp ? x->exp : y->exp;
  if (x->exp - low > 5000 || y->exp - low > 5000)
    eval_fail(ev, "DivisionImpossible: the quotient is too large");
  Value q, r;
  bigint_divmod(a, coeff_shifted(a, x->coeff, x->exp - low),
                coeff_shifted(a, y->coeff, y->exp - low), &q, &r);
  if (coeff_digits(a, q).len > PRECISION)
    eval_fail(ev, "DivisionImpossible: the quotient is too large");
  return rest ? decimal_rounded(a, x->negative, r, low)
              : decimal_new(a, x->negative != y->negative, q, 0);
}

// The operators where a side is infinite or no number.
static Value special_arithmetic(Eval *ev, char op, bool whole, const Decimal *x, const Decimal *y) {
  Arena *a = eval_arena(ev);
  if (is_nan(x) || is_nan(y))
    return decimal_special(a, is_nan(x) ? x->negative : y->negative, 'N');
  bool negative = x->negative != y->negative, two = x->special && y->special;
  bool flip = op == '-', sum = op == '+' || op == '-';
  if ((sum && two && x->negative != (y->negative != flip)) ||
      (op == '*' && (is_zero(x) || is_zero(y))) || (op == '%' && x->special) || (op == '/' && two))
    eval_fail(ev, "InvalidOperation: infinite numbers have no result here");
  if (sum)
    return decimal_special(a, x->special ? x->negative : y->negative != flip, 'I');
  if (op == '%')
    return decimal_rounded(a, x->negative, x->coeff, x->exp);
  return x->special || op == '*' ? decimal_special(a, negative, 'I')
                                 : decimal_new(a, negative, zero(), whole ? 0 : ETINY);
}

static Value multiply(Eval *ev, const Decimal *x, const Decimal *y) {
  Value c = zero();
  bigint_mul(eval_arena(ev), x->coeff, y->coeff, &c);
  return decimal_rounded(eval_arena(ev), x->negative != y->negative, c, x->exp + y->exp);
}

static bool is_arithmetic(const char *op) {
  return (strchr("+-*/%", op[0]) && !op[1]) || !strcmp(op, "//") || !strcmp(op, "**");
}

Value decimal_arithmetic(Eval *ev, const char *op, const Decimal *x, const Decimal *y) {
  if (!strcmp(op, "**"))
    return decimal_power(ev, x, y);
  if (x->special || y->special)
    return special_arithmetic(ev, op[0], op[1] == '/', x, y);
  if (op[0] == '+' || op[0] == '-')
    return add(ev, x, y, op[0] == '-');
  if (op[0] == '*')
    return multiply(ev, x, y);
  return op[0] == '/' && !op[1] ? divide(ev, x, y) : whole_divide(ev, x, y, op[0] == '%');
}

static bool decimal_binary(Eval *ev, const char *op, Value l, Value r, Value *out) {
  Arena *a = eval_arena(ev);
  Value x, y;
  if (!strcmp(op, "neg") || !strcmp(op, "pos")) {
    bool negative = dec(l)->negative != (op[0] == 'n') && !is_zero(dec(l));
    *out = dec(l)->special ? decimal_special(a, negative, dec(l)->special)
                           : decimal_rounded(a, negative, dec(l)->coeff, dec(l)->exp);
    return true;
  }
  bool order = op[0] == '<' || op[0] == '>';
  if (order && l.kind == VAL_FLOAT)
    l = decimal_from_float(a, l.f);
  if (order && r.kind == VAL_FLOAT)
    r = decimal_from_float(a, r.f);
  if (!decimal_of(a, l, &x) || !decimal_of(a, r, &y))
    return false;
  if (!order && is_arithmetic(op))
    *out = decimal_arithmetic(ev, op, dec(x), dec(y));
  if (!order)
    return is_arithmetic(op);
  if (is_nan(dec(x)) || is_nan(dec(y)))
    eval_fail(ev, "InvalidOperation: NaN is neither smaller nor greater than a number");
  int c = decimal_compare(a, dec(x), dec(y));
  *out = val_bool(op[0] == '<' ? (op[1] ? c <= 0 : c < 0) : op[1] ? c >= 0 : c > 0);
  return true;
}

Value decimal_whole(Arena *a, Value v, bool up) {
  const Decimal *d = dec(v);
  if (d->special)
    return val_none();
  Value whole = dec(decimal_to_exp(a, d, 0, up ? ROUND_CEILING : ROUND_FLOOR))->coeff;
  if (d->negative)
    bigint_sub(a, zero(), whole, &whole);
  return whole;
}

static bool decimal_truth(const Object *o) { return !is_zero((const Decimal *)o); }

const ObjectType decimal_type = {.name = "decimal.Decimal",
                                 .attr = decimal_attr,
                                 .str = decimal_str,
                                 .repr = decimal_repr,
                                 .truth = decimal_truth,
                                 .eq = decimal_eq,
                                 .hash = decimal_hash,
                                 .binary = decimal_binary};
