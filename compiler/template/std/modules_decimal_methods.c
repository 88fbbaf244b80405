// The methods of Decimals, but for operators. In: a Decimal and arguments. Out: what Python's has
// in its default context; a context that is given is not used.
#include "modules_decimal.h"

#include <math.h>

#define D(name) static Value m_##name(Eval *ev, Value self, const Args *args)

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

// The one argument `other`, as a Decimal.
static const Decimal *other_of(Eval *ev, const char *fname, const Args *args) {
  Value v[2] = {val_none(), val_none()};
  args_bind(ev, fname, args, PARAMS("other", "context"), 2, 1, v);
  return need_decimal(ev, v[0]);
}

static void no_arguments(Eval *ev, const char *fname, const Args *args) {
  Value v[1] = {val_none()};
  args_bind(ev, fname, args, PARAMS("context"), 1, 0, v);
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
D(quantize) {
  Value v[3] = {val_none(), val_none(), val_none()};
  args_bind(ev, "quantize", args, PARAMS("exp", "rounding", "context"), 3, 1, v);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(self), *to = need_decimal(ev, v[0]);
  if (d->special || to->special) {
    if (!is_nan(d) && !is_nan(to) && d->special != to->special)
      eval_fail(ev, "InvalidOperation: quantize with one infinity");
    return decimal_special(a, d->negative, is_nan(to) ? 'N' : d->special);
  }
  if (d->exp - to->exp > PRECISION && !is_zero(d))
    eval_fail(ev, "quantize result has too many digits for current context");
  Value r = is_zero(d) ? decimal_new(a, d->negative, zero(), to->exp)
                       : decimal_to_exp(a, d, to->exp, rounding_of(ev, v[1]));
  if (digits_in(a, dec(r)) > PRECISION)
    eval_fail(ev, "quantize result has too many digits for current context");
  return r;
}

D(normalize) {
  no_arguments(ev, "normalize", args);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(again(a, dec(self)));
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

D(round) {
  args_positional(ev, "__round__", args, 0, 1);
  Value places = arg_or(args, 0, val_none());
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

D(to_integral) {
  Value v[2] = {val_none(), val_none()};
  args_bind(ev, "to_integral_value", args, PARAMS("rounding", "context"), 2, 0, v);
  if (dec(self)->special || dec(self)->exp >= 0)
    return self;
  return decimal_to_exp(eval_arena(ev), dec(self), 0, rounding_of(ev, v[0]));
}

// --- parts
D(adjusted) {
  args_positional(ev, "adjusted", args, 0, 0);
  return val_int(adjusted(eval_arena(ev), dec(self)));
}

D(as_tuple) {
  static const char *const parts[] = {"sign", "digits", "exponent"};
  static const NamedType type = {NAMED_TYPE("DecimalTuple"), parts, COUNT(parts)};
  args_positional(ev, "as_tuple", args, 0, 0);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(self);
  Str text = is_nan(d) ? STR("") : coeff_digits(a, d->coeff);
  Value digits = val_tuple(a, text.len);
  for (size_t i = 0; i < text.len; i++)
    list_push(a, digits.list, val_int(text.ptr[i] - '0'));
  Value exp = is_nan(d) ? val_lit("n") : d->special ? val_lit("F") : val_int(d->exp);
  return named_new(a, &type, (Value[]){val_int(d->negative), digits, exp});
}

D(as_integer_ratio) {
  args_positional(ev, "as_integer_ratio", args, 0, 0);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(self);
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

D(to_eng_string) {
  no_arguments(ev, "to_eng_string", args);
  Buf b = {.arena = eval_arena(ev)};
  decimal_print(&b, dec(self), true, 'E');
  return val_str(buf_str(&b));
}

D(number_class) {
  no_arguments(ev, "number_class", args);
  const Decimal *d = dec(self);
  if (is_nan(d))
    return val_lit("NaN");
  const char *class = d->special ? "Infinity" : is_zero(d) ? "Zero" : "Normal";
  return val_str(str_fmt(eval_arena(ev), "%c%s", d->negative ? '-' : '+', class));
}

D(radix) {
  args_positional(ev, "radix", args, 0, 0);
  (void)self;
  return small_number(eval_arena(ev), 10);
}

D(logb) {
  no_arguments(ev, "logb", args);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(self);
  if (d->special)
    return decimal_special(a, is_nan(d) && d->negative, d->special);
  if (is_zero(d))
    eval_fail(ev, "DivisionByZero: logb(0)");
  return small_number(a, adjusted(a, d));
}

// --- signs
D(same) {
  no_arguments(ev, "conjugate", args);
  return self;
}
D(copy_abs) {
  args_positional(ev, "copy_abs", args, 0, 0);
  return with_sign(eval_arena(ev), dec(self), false);
}
D(copy_negate) {
  args_positional(ev, "copy_negate", args, 0, 0);
  return with_sign(eval_arena(ev), dec(self), !dec(self)->negative);
}
D(copy_sign) {
  const Decimal *other = other_of(ev, "copy_sign", args);
  return with_sign(eval_arena(ev), dec(self), other->negative);
}

// --- questions
#define QUESTION(name, condition)                                                                  \
  D(name) {                                                                                        \
    no_arguments(ev, #name, args);                                                                 \
    const Decimal *d = dec(self);                                                                  \
    (void)d;                                                                                       \
    return val_bool(condition);                                                                    \
  }
QUESTION(is_zero, is_zero(d))
QUESTION(is_nan, is_nan(d))
QUESTION(is_finite, !d->special)
QUESTION(is_infinite, d->special == 'I')
QUESTION(is_signed, d->negative)
QUESTION(is_normal, !d->special && !is_zero(d))
QUESTION(is_canonical, true)
QUESTION(is_never, false)

D(same_quantum) {
  const Decimal *x = dec(self), *y = other_of(ev, "same_quantum", args);
  return val_bool(x->special || y->special ? x->special == y->special : x->exp == y->exp);
}

// --- order
D(compare) {
  const Decimal *x = dec(self), *y = other_of(ev, "compare", args);
  Arena *a = eval_arena(ev);
  if (is_nan(x) || is_nan(y))
    return decimal_special(a, is_nan(x) ? x->negative : y->negative, 'N');
  return small_number(a, decimal_compare(a, x, y));
}

D(compare_signal) {
  if (is_nan(dec(self)) || is_nan(other_of(ev, "compare_signal", args)))
    eval_fail(ev, "InvalidOperation: NaN is neither smaller nor greater than a number");
  return m_compare(ev, self, args);
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

D(compare_total) {
  const Decimal *y = other_of(ev, "compare_total", args);
  return small_number(eval_arena(ev), total_order(eval_arena(ev), dec(self), y));
}

static const Decimal *size_of(Arena *a, const Decimal *d) { return dec(with_sign(a, d, false)); }

D(compare_total_mag) {
  Arena *a = eval_arena(ev);
  const Decimal *y = other_of(ev, "compare_total_mag", args);
  return small_number(a, total_order(a, size_of(a, dec(self)), size_of(a, y)));
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
D(max) { return extreme(ev, dec(self), other_of(ev, "max", args), 1, false); }
D(min) { return extreme(ev, dec(self), other_of(ev, "min", args), -1, false); }
D(max_mag) { return extreme(ev, dec(self), other_of(ev, "max_mag", args), 1, true); }
D(min_mag) { return extreme(ev, dec(self), other_of(ev, "min_mag", args), -1, true); }

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
D(next_plus) {
  no_arguments(ev, "next_plus", args);
  return neighbour(ev, dec(self), 1);
}
D(next_minus) {
  no_arguments(ev, "next_minus", args);
  return neighbour(ev, dec(self), -1);
}
D(next_toward) {
  const Decimal *d = dec(self), *to = other_of(ev, "next_toward", args);
  Arena *a = eval_arena(ev);
  if (is_nan(d) || is_nan(to))
    return decimal_special(a, false, 'N');
  int c = decimal_compare(a, d, to);
  return c ? neighbour(ev, d, c < 0 ? 1 : -1) : with_sign(a, d, to->negative);
}

// --- arithmetic
D(sqrt) {
  no_arguments(ev, "sqrt", args);
  return decimal_sqrt(ev, dec(self));
}
D(exp) {
  no_arguments(ev, "exp", args);
  return decimal_exp(ev, dec(self));
}
D(ln) {
  no_arguments(ev, "ln", args);
  return decimal_ln(ev, dec(self));
}
D(log10) {
  no_arguments(ev, "log10", args);
  return decimal_log10(ev, dec(self));
}

D(fma) {
  Value v[3] = {val_none(), val_none(), val_none()};
  args_bind(ev, "fma", args, PARAMS("other", "third", "context"), 3, 2, v);
  const Decimal *x = dec(self), *y = need_decimal(ev, v[0]), *z = need_decimal(ev, v[1]);
  Arena *a = eval_arena(ev);
  Value c = zero();
  if (x->special || y->special)
    return decimal_arithmetic(ev, "+", dec(decimal_arithmetic(ev, "*", x, y)), z);
  bigint_mul(a, x->coeff, y->coeff, &c);
  const Decimal *product = dec(decimal_new(a, x->negative != y->negative, c, x->exp + y->exp));
  return decimal_arithmetic(ev, "+", product, z);
}

// x - y * the whole number next to x / y; a tie goes to the even one.
D(remainder_near) {
  const Decimal *x = dec(self), *y = other_of(ev, "remainder_near", args);
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

static int64_t whole_other(Eval *ev, const char *fname, const Args *args, int64_t most) {
  const Decimal *d = other_of(ev, fname, args);
  if (d->special || d->exp != 0 || d->coeff.kind != VAL_INT || d->coeff.i > most)
    eval_fail(ev, "InvalidOperation: %s() takes a whole number from -%lld to %lld", fname,
              (long long)most, (long long)most);
  return d->negative ? -d->coeff.i : d->coeff.i;
}

D(scaleb) {
  int64_t by = whole_other(ev, "scaleb", args, EXP_LIMIT);
  const Decimal *d = dec(self);
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
D(rotate) { return moved(ev, dec(self), whole_other(ev, "rotate", args, PRECISION), true); }
D(shift) { return moved(ev, dec(self), whole_other(ev, "shift", args, PRECISION), false); }

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
D(logical_and) { return logical(ev, dec(self), other_of(ev, "logical_and", args), "0001"); }
D(logical_or) { return logical(ev, dec(self), other_of(ev, "logical_or", args), "0111"); }
D(logical_xor) { return logical(ev, dec(self), other_of(ev, "logical_xor", args), "0110"); }
D(logical_invert) {
  no_arguments(ev, "logical_invert", args);
  return logical(ev, dec(self), dec(small_number(eval_arena(ev), 0)), "1100");
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
D(format) {
  Str spec = need_str(ev, "__format__", args->pos[0]);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(self);
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

#define ROW(name)                                                                                  \
  { #name, m_##name }
static const Method decimal_methods[] = {
    ROW(adjusted),
    ROW(as_integer_ratio),
    ROW(as_tuple),
    ROW(compare),
    ROW(compare_signal),
    ROW(compare_total),
    ROW(compare_total_mag),
    {"canonical",         m_same       },
    {"conjugate",         m_same       },
    ROW(copy_abs),
    ROW(copy_negate),
    ROW(copy_sign),
    ROW(exp),
    ROW(fma),
    ROW(is_canonical),
    ROW(is_finite),
    ROW(is_infinite),
    ROW(is_nan),
    ROW(is_normal),
    {"is_qnan",           m_is_nan     },
    ROW(is_signed),
    {"is_snan",           m_is_never   },
    {"is_subnormal",      m_is_never   },
    ROW(is_zero),
    ROW(ln),
    ROW(log10),
    ROW(logb),
    ROW(logical_and),
    ROW(logical_invert),
    ROW(logical_or),
    ROW(logical_xor),
    ROW(max),
    ROW(max_mag),
    ROW(min),
    ROW(min_mag),
    ROW(next_minus),
    ROW(next_plus),
    ROW(next_toward),
    ROW(normalize),
    ROW(number_class),
    ROW(quantize),
    ROW(radix),
    ROW(remainder_near),
    ROW(rotate),
    ROW(same_quantum),
    ROW(scaleb),
    ROW(shift),
    ROW(sqrt),
    ROW(to_eng_string),
    ROW(to_integral),
    {"to_integral_exact", m_to_integral},
    {"to_integral_value", m_to_integral},
    {"__round__",         m_round      },
    {"__format__",        m_format     },
    {NULL,                NULL         },
};

bool decimal_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Method *m = method_find(decimal_methods, name);
  if (m)
    *out = val_func(eval_arena(ev), m->name, m->fn, val_obj(o));
  else if (str_is(name, "real"))
    *out = val_obj(o);
  else if (str_is(name, "imag"))
    *out = small_number(eval_arena(ev), 0);
  else
    return false;
  return true;
}
