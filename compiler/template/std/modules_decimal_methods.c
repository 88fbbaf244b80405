// The methods of Decimals, but for operators. In: a Decimal and arguments. Out: what Python's has
// in its default context; a context that is given is not used.
#include "modules_decimal_methods.h"

#include "format.h"
#include "methods_seq.h"
#include "modules_decimal.h"
#include "modules_decimal_math.h"
#include "named_tuple.h"

#include <math.h>

static const char *const rounding_names[] = {
    [ROUND_HALF_EVEN] = "ROUND_HALF_EVEN", [ROUND_HALF_UP] = "ROUND_HALF_UP",
    [ROUND_HALF_DOWN] = "ROUND_HALF_DOWN", [ROUND_UP] = "ROUND_UP",
    [ROUND_DOWN] = "ROUND_DOWN",           [ROUND_CEILING] = "ROUND_CEILING",
    [ROUND_FLOOR] = "ROUND_FLOOR",         [ROUND_05UP] = "ROUND_05UP"};

// --- arguments
static Rounding rounding_of(Eval *ev, Value v) {
  if (v.kind == VAL_NONE)
    return ROUND_HALF_EVEN;
  for (size_t i = 0; i < COUNT(rounding_names); i++)
    if (val_is_str(v, str_c(rounding_names[i])))
      return (Rounding)i;
  eval_fail(ev, "rounding is one of ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_UP, "
                "ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_05UP");
}

static const Decimal *need_decimal(Eval *ev, Value v) {
  Value out;
  if (!decimal_of(eval_arena(ev), v, &out))
    eval_fail(ev, "conversion from %s to Decimal is not supported", val_type_name(v));
  return dec(out);
}

static Value again(Arena *a, const Decimal *d) {
  return d->special ? decimal_special(a, d->negative, d->special)
                    : decimal_rounded(a, d->negative, d->coeff, d->exp);
}

static Value with_sign(Arena *a, const Decimal *d, bool negative) {
  return d->special ? decimal_special(a, negative, d->special)
                    : decimal_new(a, negative, d->coeff, d->exp);
}

static Value small_number(Arena *a, int64_t n) {
  return decimal_new(a, n < 0, val_int(n < 0 ? -n : n), 0);
}

static int64_t digits_in(Arena *a, const Decimal *d) {
  return (int64_t)coeff_digits(a, d->coeff).len;
}

static int64_t adjusted(Arena *a, const Decimal *d) {
  return d->special ? 0 : d->exp + digits_in(a, d) - 1;
}

// --- rounding
static Value m_quantize(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(v[0]), *to = need_decimal(ev, v[1]);
  if (d->special || to->special) {
    if (!is_nan(d) && !is_nan(to) && d->special != to->special)
      eval_fail(ev, "InvalidOperation: quantize with one infinity");
    return decimal_special(a, d->negative, is_nan(to) ? 'N' : d->special);
  }
  if (d->exp - to->exp > PRECISION && !is_zero(d))
    eval_fail(ev, "quantize result has too many digits for current context");
  Value r = is_zero(d) ? decimal_new(a, d->negative, zero(), to->exp)
                       : decimal_to_exp(a, d, to->exp, rounding_of(ev, v[2]));
  if (digits_in(a, dec(r)) > PRECISION)
    eval_fail(ev, "quantize result has too many digits for current context");
  return r;
}

static Value m_normalize(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(again(a, dec(v[0])));
  if (d->special || is_zero(d))
    return with_sign(a, d->special ? d : dec(small_number(a, 0)), d->negative);
  Value c = d->coeff, ten, rest;
  int64_t exp = d->exp;
  for (;; exp++, c = ten) {
    bigint_divmod(a, c, val_int(10), &ten, &rest);
    if (rest.i)
      return decimal_new(a, d->negative, c, exp);
  }
}

static Value m_round(Eval *ev, const Value *v) {
  Value self = v[0];
  Value places = v[1];
  Arena *a = eval_arena(ev);
  if (dec(self)->special && places.kind == VAL_NONE)
    eval_fail(ev, "cannot convert %s to integer", is_nan(dec(self)) ? "NaN" : "Infinity");
  if (dec(self)->special)
    return self;
  int64_t n = places.kind == VAL_NONE ? 0 : need_int(ev, places, -5000, 5000, "ndigits");
  Value r = decimal_to_exp(a, dec(self), -n, ROUND_HALF_EVEN);
  if (places.kind != VAL_NONE)
    return r;
  Value whole = dec(r)->coeff;
  if (dec(r)->negative)
    bigint_sub(a, zero(), whole, &whole);
  return whole;
}

static Value m_to_integral(Eval *ev, const Value *v) {
  Value self = v[0];
  if (dec(self)->special || dec(self)->exp >= 0)
    return self;
  return decimal_to_exp(eval_arena(ev), dec(self), 0, rounding_of(ev, v[1]));
}

// --- parts
static Value m_adjusted(Eval *ev, const Value *v) {
  return val_int(adjusted(eval_arena(ev), dec(v[0])));
}

static Value m_as_tuple(Eval *ev, const Value *v) {
  static const char *const parts[] = {"sign", "digits", "exponent"};
  static const NamedType type = {NAMED_TYPE("DecimalTuple"), parts, COUNT(parts)};
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(v[0]);
  Str text = is_nan(d) ? STR("") : coeff_digits(a, d->coeff);
  Value digits = val_tuple(a, text.len);
  for (size_t i = 0; i < text.len; i++)
    list_push(a, digits.list, val_int(text.ptr[i] - '0'));
  Value exp = is_nan(d) ? val_lit("n") : d->special ? val_lit("F") : val_int(d->exp);
  return named_new(a, &type, (Value[]){val_int(d->negative), digits, exp});
}

static Value m_as_integer_ratio(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(v[0]);
  if (d->special)
    eval_fail(ev, "cannot convert %s to integer ratio", is_nan(d) ? "NaN" : "Infinity");
  Value over = coeff_shifted(a, d->coeff, d->exp > 0 ? d->exp : 0);
  Value under = power10(a, d->exp < 0 ? -d->exp : 0), x, y, rest, other;
  for (int64_t factor = 2; factor <= 5; factor += 3) // 10 has no other
    for (int64_t i = d->exp; i < 0; i++) {
      bigint_divmod(a, over, val_int(factor), &x, &rest);
      bigint_divmod(a, under, val_int(factor), &y, &other);
      if (rest.i || other.i)
        break;
      over = x;
      under = y;
    }
  if (is_zero(d))
    under = val_int(1);
  if (d->negative)
    bigint_sub(a, zero(), over, &over);
  return tuple_of(a, (Value[]){over, under}, 2);
}

static Value m_to_eng_string(Eval *ev, const Value *v) {
  Buf b = {.arena = eval_arena(ev)};
  decimal_print(&b, dec(v[0]), true, 'E');
  return val_str(buf_str(&b));
}

static Value m_number_class(Eval *ev, const Value *v) {
  const Decimal *d = dec(v[0]);
  if (is_nan(d))
    return val_lit("NaN");
  const char *class = d->special ? "Infinity" : is_zero(d) ? "Zero" : "Normal";
  return val_str(str_fmt(eval_arena(ev), "%c%s", d->negative ? '-' : '+', class));
}

static Value m_radix(Eval *ev, const Value *v) {
  (void)v;
  return small_number(eval_arena(ev), 10);
}

static Value m_logb(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(v[0]);
  if (d->special)
    return decimal_special(a, is_nan(d) && d->negative, d->special);
  if (is_zero(d))
    eval_fail(ev, "DivisionByZero: logb(0)");
  return small_number(a, adjusted(a, d));
}

// --- signs
static Value m_same(Eval *ev, const Value *v) {
  (void)ev;
  return v[0];
}
static Value m_copy_abs(Eval *ev, const Value *v) {
  return with_sign(eval_arena(ev), dec(v[0]), false);
}
static Value m_copy_negate(Eval *ev, const Value *v) {
  return with_sign(eval_arena(ev), dec(v[0]), !dec(v[0])->negative);
}
static Value m_copy_sign(Eval *ev, const Value *v) {
  const Decimal *other = need_decimal(ev, v[1]);
  return with_sign(eval_arena(ev), dec(v[0]), other->negative);
}

// --- questions
static Value m_is_zero(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(is_zero(dec(v[0])));
}
static Value m_is_nan(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(is_nan(dec(v[0])));
}
static Value m_is_finite(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(!dec(v[0])->special);
}
static Value m_is_infinite(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(dec(v[0])->special == 'I');
}
static Value m_is_signed(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(dec(v[0])->negative);
}
static Value m_is_normal(Eval *ev, const Value *v) {
  (void)ev;
  return val_bool(!dec(v[0])->special && !is_zero(dec(v[0])));
}
static Value m_is_canonical(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_bool(true);
}
static Value m_is_never(Eval *ev, const Value *v) {
  (void)ev, (void)v;
  return val_bool(false);
}

static Value m_same_quantum(Eval *ev, const Value *v) {
  const Decimal *x = dec(v[0]), *y = need_decimal(ev, v[1]);
  return val_bool(x->special || y->special ? x->special == y->special : x->exp == y->exp);
}

// --- order
static Value m_compare(Eval *ev, const Value *v) {
  const Decimal *x = dec(v[0]), *y = need_decimal(ev, v[1]);
  Arena *a = eval_arena(ev);
  if (is_nan(x) || is_nan(y))
    return decimal_special(a, is_nan(x) ? x->negative : y->negative, 'N');
  return small_number(a, decimal_compare(a, x, y));
}

static Value m_compare_signal(Eval *ev, const Value *v) {
  Value self = v[0];
  if (is_nan(dec(self)) || is_nan(need_decimal(ev, v[1])))
    eval_fail(ev, "InvalidOperation: NaN is neither smaller nor greater than a number");
  return m_compare(ev, v);
}

static int sign_of(int n) { return (n > 0) - (n < 0); }

// A place for each representation: 12.3 is before 12.30, NaN behind all.
static int total_order(Arena *a, const Decimal *x, const Decimal *y) {
  if (x->negative != y->negative)
    return x->negative ? -1 : 1;
  int way = x->negative ? -1 : 1;
  if (is_nan(x) || is_nan(y))
    return way * (is_nan(x) - is_nan(y));
  int order = decimal_compare(a, x, y);
  if (order || x->special)
    return sign_of(order);
  return way * ((x->exp > y->exp) - (x->exp < y->exp)) * (is_zero(x) || x->exp != y->exp);
}

static Value m_compare_total(Eval *ev, const Value *v) {
  const Decimal *y = need_decimal(ev, v[1]);
  return small_number(eval_arena(ev), total_order(eval_arena(ev), dec(v[0]), y));
}

static const Decimal *size_of(Arena *a, const Decimal *d) { return dec(with_sign(a, d, false)); }

static Value m_compare_total_mag(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  const Decimal *y = need_decimal(ev, v[1]);
  return small_number(a, total_order(a, size_of(a, dec(v[0])), size_of(a, y)));
}

// The greater or smaller one, by size only where `mag`; of a number and NaN the number.
static Value extreme(Eval *ev, const Decimal *x, const Decimal *y, int way, bool mag) {
  Arena *a = eval_arena(ev);
  if (is_nan(x) || is_nan(y))
    return again(a, is_nan(x) ? y : x);
  int c = mag ? decimal_compare(a, size_of(a, x), size_of(a, y)) : decimal_compare(a, x, y);
  if (!c)
    c = total_order(a, x, y);
  return again(a, way * c >= 0 ? x : y);
}
static Value m_max(Eval *ev, const Value *v) {
  return extreme(ev, dec(v[0]), need_decimal(ev, v[1]), 1, false);
}
static Value m_min(Eval *ev, const Value *v) {
  return extreme(ev, dec(v[0]), need_decimal(ev, v[1]), -1, false);
}
static Value m_max_mag(Eval *ev, const Value *v) {
  return extreme(ev, dec(v[0]), need_decimal(ev, v[1]), 1, true);
}
static Value m_min_mag(Eval *ev, const Value *v) {
  return extreme(ev, dec(v[0]), need_decimal(ev, v[1]), -1, true);
}

// --- neighbours
// The next number of 28 digits above (way 1) or below (-1).
static Value neighbour(Eval *ev, const Decimal *d, int way) {
  Arena *a = eval_arena(ev);
  if (d->special && (is_nan(d) || d->negative == (way < 0)))
    return again(a, d);
  if (d->special) // the greatest number there is
    return neighbour(
        ev, dec(decimal_new(a, d->negative, power10(a, PRECISION), EMAX - PRECISION + 1)), way);
  if (is_zero(d)) // the smallest
    return decimal_new(a, way < 0, val_int(1), ETINY);
  int64_t exp = adjusted(a, d) - PRECISION + 1;
  Rounding away = way > 0 ? ROUND_CEILING : ROUND_FLOOR;
  const Decimal *r = dec(decimal_to_exp(a, d, exp, away));
  if (decimal_compare(a, r, d)) // it had more digits
    return decimal_rounded(a, r->negative, r->coeff, r->exp);
  bool grows = d->negative == (way < 0);
  bool edge = !bigint_cmp(r->coeff, power10(a, PRECISION - 1)) && !grows; // 1.00 -> 0.999
  Value c = edge ? coeff_shifted(a, r->coeff, 1) : r->coeff;
  if (grows)
    bigint_add(a, c, val_int(1), &c);
  else
    bigint_sub(a, c, val_int(1), &c);
  return decimal_rounded(a, d->negative, c, r->exp - edge);
}
static Value m_next_plus(Eval *ev, const Value *v) { return neighbour(ev, dec(v[0]), 1); }
static Value m_next_minus(Eval *ev, const Value *v) { return neighbour(ev, dec(v[0]), -1); }
static Value m_next_toward(Eval *ev, const Value *v) {
  const Decimal *d = dec(v[0]), *to = need_decimal(ev, v[1]);
  Arena *a = eval_arena(ev);
  if (is_nan(d) || is_nan(to))
    return decimal_special(a, false, 'N');
  int c = decimal_compare(a, d, to);
  return c ? neighbour(ev, d, c < 0 ? 1 : -1) : with_sign(a, d, to->negative);
}

// --- arithmetic
static Value m_sqrt(Eval *ev, const Value *v) { return decimal_sqrt(ev, dec(v[0])); }
static Value m_exp(Eval *ev, const Value *v) { return decimal_exp(ev, dec(v[0])); }
static Value m_ln(Eval *ev, const Value *v) { return decimal_ln(ev, dec(v[0])); }
static Value m_log10(Eval *ev, const Value *v) { return decimal_log10(ev, dec(v[0])); }

static Value m_fma(Eval *ev, const Value *v) {
  const Decimal *x = dec(v[0]), *y = need_decimal(ev, v[1]), *z = need_decimal(ev, v[2]);
  Arena *a = eval_arena(ev);
  Value c = zero();
  if (x->special || y->special)
    return decimal_arithmetic(ev, "+", dec(decimal_arithmetic(ev, "*", x, y)), z);
  bigint_mul(a, x->coeff, y->coeff, &c);
  const Decimal *product = dec(decimal_new(a, x->negative != y->negative, c, x->exp + y->exp));
  return decimal_arithmetic(ev, "+", product, z);
}

// x - y * the whole number next to x / y; a tie goes to the even one.
static Value m_remainder_near(Eval *ev, const Value *v) {
  const Decimal *x = dec(v[0]), *y = need_decimal(ev, v[1]);
  Arena *a = eval_arena(ev);
  if (x->special || y->special || is_zero(y))
    return decimal_arithmetic(ev, "%", x, y);
  const Decimal *low = dec(decimal_arithmetic(ev, "%", size_of(a, x), size_of(a, y)));
  const Decimal *whole = dec(decimal_arithmetic(ev, "//", size_of(a, x), size_of(a, y)));
  const Decimal *left = dec(decimal_arithmetic(ev, "-", size_of(a, y), low));
  Value half, odd;
  bigint_divmod(a, whole->coeff, val_int(2), &half, &odd);
  int c = decimal_compare(a, low, left);
  bool up = c > 0 || (!c && odd.i);
  return up ? with_sign(a, left, !x->negative) : with_sign(a, low, x->negative);
}

static int64_t whole_other(Eval *ev, const char *fname, Value v, int64_t most) {
  const Decimal *d = need_decimal(ev, v);
  if (d->special || d->exp != 0 || d->coeff.kind != VAL_INT || d->coeff.i > most)
    eval_fail(ev, "InvalidOperation: %s() takes a whole number from -%lld to %lld", fname,
              (long long)most, (long long)most);
  return d->negative ? -d->coeff.i : d->coeff.i;
}

static Value m_scaleb(Eval *ev, const Value *v) {
  int64_t by = whole_other(ev, "scaleb", v[1], EXP_LIMIT);
  const Decimal *d = dec(v[0]);
  return again(eval_arena(ev),
               d->special ? d
                          : dec(decimal_new(eval_arena(ev), d->negative, d->coeff, d->exp + by)));
}

// The coefficient as 28 digits, zeros in front.
static char *padded(Arena *a, const Decimal *d) {
  Str digits = coeff_digits(a, d->coeff);
  size_t n = digits.len < PRECISION ? digits.len : PRECISION;
  char *all = arena_alloc(a, PRECISION + 1);
  memset(all, '0', PRECISION);
  memcpy(all + PRECISION - n, digits.ptr + digits.len - n, n);
  all[PRECISION] = 0;
  return all;
}

static Value from_digits(Arena *a, const Decimal *like, const char *digits) {
  Value c = zero();
  bigint_parse(a, str_c(digits), 10, &c);
  return decimal_new(a, like->negative, c, like->exp);
}

// Digits moved to the left; `round`: those that leave come back at the other end.
static Value moved(Eval *ev, const Decimal *d, int64_t by, bool around) {
  Arena *a = eval_arena(ev);
  char *from = padded(a, d), *to = arena_alloc(a, PRECISION + 1);
  for (int64_t i = 0; i < PRECISION; i++) {
    int64_t at = i + by;
    bool inside = at >= 0 && at < PRECISION;
    to[i] = inside ? from[at] : around ? from[(at % PRECISION + PRECISION) % PRECISION] : '0';
  }
  to[PRECISION] = 0;
  return d->special ? again(a, d) : from_digits(a, d, to);
}
static Value m_rotate(Eval *ev, const Value *v) {
  return moved(ev, dec(v[0]), whole_other(ev, "rotate", v[1], PRECISION), true);
}
static Value m_shift(Eval *ev, const Value *v) {
  return moved(ev, dec(v[0]), whole_other(ev, "shift", v[1], PRECISION), false);
}

// --- digits as bits
static const char *bits_of(Eval *ev, const Decimal *d) {
  const char *digits = padded(eval_arena(ev), d);
  bool bits = !d->special && !d->negative && !d->exp && !digits[strspn(digits, "01")] &&
              digits_in(eval_arena(ev), d) <= PRECISION;
  if (!bits)
    eval_fail(ev, "InvalidOperation: a logical operation takes digits 0 and 1 only");
  return digits;
}

static Value logical(Eval *ev, const Decimal *x, const Decimal *y, const char *table) {
  const char *l = bits_of(ev, x), *r = bits_of(ev, y);
  char out[PRECISION + 1] = "";
  for (size_t i = 0; i < PRECISION; i++)
    out[i] = table[2 * (l[i] - '0') + (r[i] - '0')];
  return from_digits(eval_arena(ev), dec(small_number(eval_arena(ev), 0)), out);
}
static Value m_logical_and(Eval *ev, const Value *v) {
  return logical(ev, dec(v[0]), need_decimal(ev, v[1]), "0001");
}
static Value m_logical_or(Eval *ev, const Value *v) {
  return logical(ev, dec(v[0]), need_decimal(ev, v[1]), "0111");
}
static Value m_logical_xor(Eval *ev, const Value *v) {
  return logical(ev, dec(v[0]), need_decimal(ev, v[1]), "0110");
}
static Value m_logical_invert(Eval *ev, const Value *v) {
  return logical(ev, dec(v[0]), dec(small_number(eval_arena(ev), 0)), "1100");
}

// --- format()
// "1.25e+1": with so many places behind the point, or as many as there are (-1).
static Str scientific(Arena *a, const Decimal *d, int64_t places, char e) {
  int64_t n = digits_in(a, d);
  if (places >= 0 && is_zero(d))
    d = dec(decimal_new(a, d->negative, zero(), d->exp)), n = 1;
  const Decimal *r = places < 0 || is_zero(d)
                         ? d
                         : dec(decimal_to_exp(a, d, d->exp + n - 1 - places, ROUND_HALF_EVEN));
  if (digits_in(a, r) > places + 1 && places >= 0) // 9.99 -> 10.0
    r = dec(decimal_to_exp(a, r, r->exp + 1, ROUND_HALF_EVEN));
  Str digits = coeff_digits(a, r->coeff);
  Buf b = {.arena = a};
  buf_addc(&b, digits.ptr[0]);
  if (digits.len > 1 || (is_zero(r) && places > 0))
    buf_addc(&b, '.');
  buf_add(&b, str_sub(digits, 1, digits.len));
  int64_t zeros = is_zero(r) && places > 0 ? places : 0; // Python counts them
  for (int64_t i = 0; i < zeros; i++)
    buf_addc(&b, '0');
  int64_t exp = r->exp + zeros + (int64_t)digits.len - 1;
  buf_addf(&b, "%c%+lld", e, (long long)exp);
  return buf_str(&b);
}

// As str() has it, with so many digits (-1: all).
static Str general(Arena *a, const Decimal *d, int64_t digits, char e) {
  digits = digits == 0 ? 1 : digits;
  int64_t n = digits_in(a, d);
  if (digits > 0 && n > digits) {
    d = dec(decimal_to_exp(a, d, d->exp + n - digits, ROUND_HALF_EVEN));
    if (digits_in(a, d) > digits)
      d = dec(decimal_to_exp(a, d, d->exp + 1, ROUND_HALF_EVEN));
  }
  Buf b = {.arena = a};
  decimal_print(&b, size_of(a, d), false, e);
  return buf_str(&b);
}

static Str fixed(Arena *a, const Decimal *d, int64_t places, bool percent) {
  if (percent)
    d = dec(decimal_new(a, d->negative, d->coeff, d->exp + 2));
  places = places < 0 ? (d->exp < 0 ? -d->exp : 0) : places;
  d = dec(decimal_to_exp(a, d, -places, ROUND_HALF_EVEN));
  Str digits = coeff_digits(a, d->coeff);
  Buf b = {.arena = a};
  int64_t whole = (int64_t)digits.len - places;
  if (whole <= 0)
    buf_addc(&b, '0');
  for (int64_t i = whole < 0 ? whole : 0; i < (int64_t)digits.len; i++) {
    if (i == whole)
      buf_addc(&b, '.');
    buf_addc(&b, i < 0 ? '0' : digits.ptr[i]);
  }
  buf_add(&b, percent ? STR("%") : STR(""));
  return buf_str(&b);
}

// Sign, filling and grouping are those of any number.
static Value m_format(Eval *ev, const Value *v) {
  Str spec = need_str(ev, "__format__", v[1]);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(v[0]);
  char type = spec.len ? spec.ptr[spec.len - 1] : 0;
  bool typed = type && strchr("eEfFgGn%", type);
  ptrdiff_t dot = str_rfind(spec, STR("."));
  size_t end = spec.len - typed;
  Value places = val_int(-1);
  if (dot >= 0 && !parse_int(a, str_sub(spec, (size_t)dot + 1, end), 10, &places))
    eval_fail(ev, "invalid format string");
  int64_t n = need_int(ev, places, -1, 5000, "precision");
  Str layout = str_sub(spec, 0, dot >= 0 ? (size_t)dot : end);
  if (d->special) { // never filled with zeros
    Str word = is_nan(d) ? STR("NaN") : STR("Infinity");
    size_t zeros = strcspn(str_cstr(a, layout), "0123456789");
    if (zeros < layout.len && layout.ptr[zeros] == '0')
      layout = str_cat(a, str_fmt(a, "%.*s>", (int)zeros, layout.ptr),
                       str_sub(layout, zeros + 1, layout.len));
    return val_str(
        format_digits(ev, d->negative, type == '%' ? str_cat(a, word, STR("%")) : word, layout));
  }
  Str text = !typed || strchr("gGn", type) ? general(a, d, n, typed && type != 'G' ? 'e' : 'E')
             : (type | 32) == 'e'          ? scientific(a, d, n, type)
                                           : fixed(a, d, n, type == '%');
  return val_str(format_digits(ev, d->negative, text, layout));
}

// clang-format off
const Native decimal_methods[] = {
    {"adjusted",          m_adjusted,          "self",                 "the exponent of its first digit"},
    {"as_integer_ratio",  m_as_integer_ratio,  "self",                 "the number as a pair (numerator, denominator)"},
    {"as_tuple",          m_as_tuple,          "self",                 "its sign, digits and exponent"},
    {"compare",           m_compare,           "self, other, context=none", "-1, 0 or 1 as a Decimal"},
    {"compare_signal",    m_compare_signal,    "self, other, context=none", "the same; an error for NaN"},
    {"compare_total",     m_compare_total,     "self, other, context=none",
     "the same in an order that has NaN and 1.0 after 1.00"},
    {"compare_total_mag", m_compare_total_mag, "self, other, context=none", "the same without signs"},
    {"canonical",         m_same,              "self",                 "the number itself"},
    {"conjugate",         m_same,              "self",                 "the number itself"},
    {"copy_abs",          m_copy_abs,          "self",                 "without its sign"},
    {"copy_negate",       m_copy_negate,       "self",                 "with the other sign"},
    {"copy_sign",         m_copy_sign,         "self, other, context=none", "with the sign of other"},
    {"exp",               m_exp,               "self, context=none",   "e to the power of it"},
    {"fma",               m_fma,               "self, other, third, context=none",
     "self * other + third, rounded once"},
    {"is_canonical",      m_is_canonical,      "self",                 "always true"},
    {"is_finite",         m_is_finite,         "self",                 "neither infinite nor NaN"},
    {"is_infinite",       m_is_infinite,       "self",                 "infinite"},
    {"is_nan",            m_is_nan,            "self",                 "not a number"},
    {"is_normal",         m_is_normal,         "self, context=none",   "finite and not zero"},
    {"is_qnan",           m_is_nan,            "self",                 "not a number"},
    {"is_signed",         m_is_signed,         "self",                 "with a minus"},
    {"is_snan",           m_is_never,          "self",                 "always false"},
    {"is_subnormal",      m_is_never,          "self, context=none",   "always false"},
    {"is_zero",           m_is_zero,           "self",                 "zero"},
    {"ln",                m_ln,                "self, context=none",   "the natural logarithm"},
    {"log10",             m_log10,             "self, context=none",   "the logarithm to base 10"},
    {"logb",              m_logb,              "self, context=none",   "the exponent of its first digit, as a Decimal"},
    {"logical_and",       m_logical_and,       "self, other, context=none", "digits 0 and 1 as bits"},
    {"logical_invert",    m_logical_invert,    "self, context=none",   "digits 0 and 1 as bits"},
    {"logical_or",        m_logical_or,        "self, other, context=none", "digits 0 and 1 as bits"},
    {"logical_xor",       m_logical_xor,       "self, other, context=none", "digits 0 and 1 as bits"},
    {"max",               m_max,               "self, other, context=none", "the greater one"},
    {"max_mag",           m_max_mag,           "self, other, context=none", "the greater one without signs"},
    {"min",               m_min,               "self, other, context=none", "the smaller one"},
    {"min_mag",           m_min_mag,           "self, other, context=none", "the smaller one without signs"},
    {"next_minus",        m_next_minus,        "self, context=none",   "the next smaller number of 28 digits"},
    {"next_plus",         m_next_plus,         "self, context=none",   "the next greater number of 28 digits"},
    {"next_toward",       m_next_toward,       "self, other, context=none", "the next number on the way to other"},
    {"normalize",         m_normalize,         "self, context=none",   "without zeros at the end"},
    {"number_class",      m_number_class,      "self, context=none",   "its kind as a text"},
    {"quantize",          m_quantize,          "self, exp, rounding=none, context=none",
     "rounded to the exponent of another"},
    {"radix",             m_radix,             "self",                 "10"},
    {"remainder_near",    m_remainder_near,    "self, other, context=none",
     "what is left of the nearest whole multiple"},
    {"rotate",            m_rotate,            "self, other, context=none", "its digits moved round"},
    {"same_quantum",      m_same_quantum,      "self, other, context=none", "whether both have the same exponent"},
    {"scaleb",            m_scaleb,            "self, other, context=none", "with other added to its exponent"},
    {"shift",             m_shift,             "self, other, context=none", "its digits moved"},
    {"sqrt",              m_sqrt,              "self, context=none",   "the square root"},
    {"to_eng_string",     m_to_eng_string,     "self, context=none",   "as text, exponents in threes"},
    {"to_integral",       m_to_integral,       "self, rounding=none, context=none", "a whole number"},
    {"to_integral_exact", m_to_integral,       "self, rounding=none, context=none", "a whole number"},
    {"to_integral_value", m_to_integral,       "self, rounding=none, context=none", "a whole number"},
    {"__round__",         m_round,             "self, n=none, /",      "rounded to n places, or to an int"},
    {"__format__",        m_format,            "self, spec, /",        "as text by a format"},
    {0},
};
// clang-format on

bool decimal_attr(Eval *ev, Object *o, Str name, Value *out) {
  if (native_find(eval_arena(ev), decimal_methods, "Decimal", name, val_obj(o), out))
    return true;
  if (str_is(name, "real"))
    *out = val_obj(o);
  else if (str_is(name, "imag"))
    *out = small_number(eval_arena(ev), 0);
  else
    return false;
  return true;
}
