// sqrt, exp, ln, log10 and powers of Decimals. In: a Decimal. Out: the result in 28 digits.
// Calculates with whole numbers that stand for fractions of 10**80.
#include "modules_decimal_math.h"

#include "modules_decimal.h"

#include <math.h>

enum { PLACES = 80, HALVINGS = 8 };
// ln(10) in as many places, and some more.
static const char ln10_digits[] =
    "23025850929940456840179914546843642076011014886287729760333279009"
    "67572609677352480235997205089598298341967784042286";
enum { LN10_PLACES = sizeof ln10_digits - 2 };

// --- whole numbers
static Value plus(Arena *a, Value x, Value y) {
  Value out = zero();
  bigint_add(a, x, y, &out);
  return out;
}
static Value minus(Arena *a, Value x, Value y) {
  Value out = zero();
  bigint_sub(a, x, y, &out);
  return out;
}
static Value times(Arena *a, Value x, Value y) {
  Value out = zero();
  bigint_mul(a, x, y, &out);
  return out;
}
static Value over(Arena *a, Value x, Value y) {
  Value out = zero(), rest;
  bigint_divmod(a, x, y, &out, &rest);
  return out;
}
static bool is_whole_zero(Value v) { return v.kind == VAL_INT && !v.i; }

// --- fractions: x stands for x / 10**PLACES
static Value one(Arena *a) { return power10(a, PLACES); }
static Value multiplied(Arena *a, Value x, Value y) { return over(a, times(a, x, y), one(a)); }
static Value divided(Arena *a, Value x, Value y) { return over(a, times(a, x, one(a)), y); }

static Value ln10(Arena *a) {
  Value v = zero();
  bigint_parse(a, str_c(ln10_digits), 10, &v);
  return coeff_shifted(a, v, PLACES - LN10_PLACES);
}

static Value fraction_of(Arena *a, const Decimal *d) {
  Value v = coeff_shifted(a, d->coeff, d->exp + PLACES);
  return d->negative ? minus(a, zero(), v) : v;
}

static Value from_fraction(Arena *a, Value v, int64_t exp) {
  bool negative = bigint_cmp(v, zero()) < 0;
  return decimal_rounded(a, negative, negative ? minus(a, zero(), v) : v, exp - PLACES);
}

// e**x for x in 0..ln(10): by the series for x / 2**8, squared eight times.
static Value exp_fraction(Eval *ev, Value x) {
  Arena *a = eval_arena(ev);
  Value small = over(a, x, val_int(1 << HALVINGS)), term = one(a), sum = term;
  for (int64_t n = 1; !is_whole_zero(term); n++) {
    term = over(a, multiplied(a, term, small), val_int(n));
    sum = plus(a, sum, term);
  }
  for (int i = 0; i < HALVINGS; i++)
    sum = multiplied(a, sum, sum);
  eval_step(ev, 100);
  return sum;
}

// e**x as a fraction and a power of ten.
static Value exp_parts(Eval *ev, Value x, int64_t *exp) {
  Arena *a = eval_arena(ev);
  Value tens, rest;
  bigint_divmod(a, x, ln10(a), &tens, &rest);
  if (tens.kind != VAL_INT || tens.i > EXP_LIMIT)
    eval_fail(ev, "Overflow: the result has an exponent that is too large");
  *exp = tens.i < -EXP_LIMIT ? -EXP_LIMIT : tens.i;
  return exp_fraction(ev, rest);
}

// ln(x) as a fraction, of x > 0: of its digits 1..10 by Newton's steps from the double, and so many
// times ln(10).
static Value ln_fraction(Eval *ev, const Decimal *d) {
  Arena *a = eval_arena(ev);
  int64_t tens = (int64_t)coeff_digits(a, d->coeff).len - 1;
  Value m = coeff_shifted(a, d->coeff, PLACES - tens);
  double guess = log(bigint_to_double(m) / 1e80);
  Value y = zero();
  bigint_from_double(a, guess * 1e15, &y);
  y = times(a, y, power10(a, PLACES - 15));
  for (int i = 0; i < 3; i++) {
    Value e = bigint_cmp(y, zero()) < 0 ? one(a) : exp_fraction(ev, y);
    y = plus(a, y, divided(a, times(a, val_int(2), minus(a, m, e)), plus(a, m, e)));
  }
  return plus(a, y, times(a, val_int(tens + d->exp), ln10(a)));
}

Value decimal_exp(Eval *ev, const Decimal *d) {
  Arena *a = eval_arena(ev);
  if (d->special)
    return is_nan(d) || !d->negative ? decimal_special(a, d->negative, d->special)
                                     : decimal_new(a, false, zero(), 0);
  if (is_zero(d))
    return decimal_new(a, false, val_int(1), 0);
  int64_t exp;
  Value v = exp_parts(ev, fraction_of(a, d), &exp);
  return from_fraction(a, v, exp);
}

static bool is_one(Arena *a, const Decimal *d) {
  return !decimal_compare(a, d, dec(decimal_new(a, false, val_int(1), 0)));
}

// What logarithms are of where there is nothing to calculate. False: calculate.
static bool special_log(Eval *ev, const Decimal *d, Value *out) {
  Arena *a = eval_arena(ev);
  if (is_nan(d))
    *out = decimal_special(a, d->negative, 'N');
  else if (is_zero(d))
    *out = decimal_special(a, true, 'I');
  else if (d->negative)
    eval_fail(ev, "InvalidOperation: a negative number has no logarithm");
  else if (d->special)
    *out = decimal_special(a, false, 'I');
  else if (is_one(a, d))
    *out = decimal_new(a, false, zero(), 0);
  else
    return false;
  return true;
}

Value decimal_ln(Eval *ev, const Decimal *d) {
  Value out;
  return special_log(ev, d, &out) ? out : from_fraction(eval_arena(ev), ln_fraction(ev, d), 0);
}

Value decimal_log10(Eval *ev, const Decimal *d) {
  Arena *a = eval_arena(ev);
  Value out;
  if (special_log(ev, d, &out))
    return out;
  Str digits = coeff_digits(a, d->coeff);
  int64_t tens = (int64_t)digits.len - 1;
  if (digits.ptr[0] == '1' && !bigint_cmp(d->coeff, power10(a, tens))) { // a power of ten
    tens += d->exp;
    return decimal_new(a, tens < 0, val_int(tens < 0 ? -tens : tens), 0);
  }
  return from_fraction(a, divided(a, ln_fraction(ev, d), ln10(a)), 0);
}

// The square root of c, rounded down.
static Value whole_root(Eval *ev, Value c, int64_t places) {
  Arena *a = eval_arena(ev);
  for (Value n = power10(a, places);;) {
    Value q = over(a, c, n);
    eval_step(ev, 1);
    if (bigint_cmp(n, q) <= 0)
      return n;
    n = over(a, plus(a, n, q), val_int(2));
  }
}

Value decimal_sqrt(Eval *ev, const Decimal *d) {
  Arena *a = eval_arena(ev);
  if (is_nan(d) || (d->special && !d->negative))
    return decimal_special(a, d->negative, d->special);
  int64_t half = (d->exp - (d->exp & 1)) / 2;
  if (is_zero(d))
    return decimal_new(a, d->negative, zero(), half);
  if (d->negative)
    eval_fail(ev, "InvalidOperation: a negative number has no square root");
  Value c = d->exp & 1 ? times(a, d->coeff, val_int(10)) : d->coeff, rest = zero(), cut = c;
  int64_t shift = PRECISION + 1 - ((int64_t)coeff_digits(a, c).len + 1) / 2;
  if (shift >= 0)
    c = times(a, c, power10(a, 2 * shift));
  else
    bigint_divmod(a, cut, power10(a, -2 * shift), &c, &rest);
  Value n = whole_root(ev, c, PRECISION + 1);
  if (is_whole_zero(rest) && !bigint_cmp(times(a, n, n), c)) { // exact
    n = shift >= 0 ? over(a, n, power10(a, shift)) : times(a, n, power10(a, -shift));
    return decimal_rounded(a, false, n, half);
  }
  Value five, last;
  bigint_divmod(a, n, val_int(5), &five, &last);
  if (!last.i) // a last digit that is no tie
    n = plus(a, n, val_int(1));
  return decimal_rounded(a, false, n, half - shift);
}

// --- powers
static bool is_whole_number(Arena *a, const Decimal *d, int64_t *n) {
  const Decimal *whole = dec(decimal_to_exp(a, d, 0, ROUND_DOWN));
  *n = whole->coeff.kind == VAL_INT ? whole->coeff.i : INT64_MAX;
  return d->exp >= 0 || !decimal_compare(a, d, whole);
}

static Value special_power(Eval *ev, const Decimal *x, const Decimal *y, bool odd) {
  Arena *a = eval_arena(ev);
  if (is_nan(x) || is_nan(y))
    return decimal_special(a, false, 'N');
  bool negative = x->negative && odd;
  if (x->special)
    return y->negative ? decimal_new(a, negative, zero(), 0) : decimal_special(a, negative, 'I');
  bool big = decimal_compare(a, dec(decimal_new(a, false, x->coeff, x->exp)),
                             dec(decimal_new(a, false, val_int(1), 0))) > 0;
  if (is_one(a, x)) // with all its digits
    return decimal_new(a, false, power10(a, PRECISION - 1), 1 - PRECISION);
  return big == !y->negative ? decimal_special(a, false, 'I') : decimal_new(a, false, zero(), 0);
}

Value decimal_power(Eval *ev, const Decimal *x, const Decimal *y) {
  Arena *a = eval_arena(ev);
  int64_t n = 0;
  Value one_value = decimal_new(a, false, val_int(1), 0);
  if (!x->special && is_zero(x) && is_zero(y))
    eval_fail(ev, "InvalidOperation: 0 ** 0");
  if (!is_nan(x) && is_zero(y))
    return one_value;
  bool whole = !y->special && is_whole_number(a, y, &n), odd = whole && n % 2;
  if (x->special || y->special)
    return special_power(ev, x, y, odd);
  if (is_zero(x))
    return y->negative ? decimal_special(a, x->negative && odd, 'I')
                       : decimal_new(a, x->negative && odd, zero(), whole ? x->exp * n : 0);
  if (x->negative && !whole)
    eval_fail(ev, "InvalidOperation: a negative number to a power that is not whole");
  size_t digits = coeff_digits(a, x->coeff).len;
  Value c;
  if (whole && n < 10000 && digits * (size_t)n < 20000 &&
      bigint_pow(a, x->coeff, (uint64_t)n, &c)) {
    eval_step(ev, digits * (size_t)n);
    const Decimal *p = dec(decimal_new(a, x->negative && odd, c, x->exp * n));
    return y->negative ? decimal_arithmetic(ev, "/", dec(one_value), p)
                       : decimal_rounded(a, p->negative, p->coeff, p->exp);
  }
  const Decimal *size = dec(decimal_new(a, false, x->coeff, x->exp));
  int64_t exp;
  Value power = multiplied(a, ln_fraction(ev, size), fraction_of(a, y));
  power = exp_parts(ev, power, &exp);
  const Decimal *r = dec(from_fraction(a, power, exp));
  return decimal_new(a, x->negative && odd, r->coeff, r->exp);
}
