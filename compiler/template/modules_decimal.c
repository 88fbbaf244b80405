// Decimal: exact decimal numbers as databases return them. In: digits. Out: Python's
// decimal.Decimal with its default context: 28 digits, half to even. Coefficients are whole numbers
// of base/bigint.
#include "std.h"

#include <math.h>

enum { PRECISION = 28, EXP_LIMIT = 9999 };

typedef struct Decimal {
  Object object;
  bool negative;
  char special; // 'I' infinity, 'N' not a number, 0
  Value coeff;  // >= 0
  int64_t exp;
} Decimal;

static const Decimal *dec(Value v) { return (const Decimal *)v.obj; }
static Value zero(void) { return val_int(0); }
static bool is_zero(const Decimal *d) {
  return !d->special && d->coeff.kind == VAL_INT && !d->coeff.i;
}

static Value make(Arena *a, bool negative, Value coeff, int64_t exp) {
  Decimal *d = arena_new(a, Decimal);
  *d = (Decimal){{&decimal_type}, negative, 0, coeff, exp};
  return val_obj(d);
}

static Value make_special(Arena *a, bool negative, char special) {
  Value v = make(a, negative, zero(), 0);
  ((Decimal *)v.obj)->special = special;
  return v;
}

static Str digits_of(Arena *a, Value coeff) {
  Buf b = {.arena = a};
  bigint_print(&b, coeff, 10);
  return buf_str(&b);
}

static Value power10(Arena *a, int64_t n) {
  Value p = val_int(1);
  bigint_pow(a, val_int(10), n < 0 ? 0 : (uint64_t)n, &p);
  return p;
}

// coeff * 10**by; by < 0 rounds half to even.
static Value shifted(Arena *a, Value coeff, int64_t by) {
  Value out = coeff, rest, twice;
  if (by >= 0) {
    bigint_mul(a, coeff, power10(a, by), &out);
    return out;
  }
  if (-by > 100000)
    return zero();
  Value unit = power10(a, -by);
  bigint_divmod(a, coeff, unit, &out, &rest);
  bigint_mul(a, rest, val_int(2), &twice);
  int c = bigint_cmp(twice, unit);
  Value half, odd = zero();
  bigint_divmod(a, out, val_int(2), &half, &odd);
  if (c > 0 || (!c && odd.i))
    bigint_add(a, out, val_int(1), &out);
  return out;
}

// A result: rounded to 28 digits.
static Value rounded(Arena *a, bool negative, Value coeff, int64_t exp) {
  int64_t extra = (int64_t)digits_of(a, coeff).len - PRECISION;
  if (extra > 0) {
    coeff = shifted(a, coeff, -extra);
    exp += extra;
    if (digits_of(a, coeff).len > PRECISION) { // 99..9 went up to 100..0
      coeff = shifted(a, coeff, -1);
      exp++;
    }
  }
  return make(a, negative, coeff, exp);
}

bool decimal_parse(Arena *a, Str s, Value *out) {
  s = str_strip_space(s);
  bool negative = s.len && s.ptr[0] == '-';
  size_t at = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  Str body = str_sub(s, at, s.len);
  if (str_eq_nocase(body, STR("nan")) || str_eq_nocase(body, STR("inf")) ||
      str_eq_nocase(body, STR("infinity"))) {
    *out = make_special(a, negative, (body.ptr[0] | 32) == 'n' ? 'N' : 'I');
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
  *out = make(a, negative, coeff, exp);
  return true;
}

static void decimal_str(const Object *o, Buf *out) {
  const Decimal *d = (const Decimal *)o;
  if (d->negative)
    buf_addc(out, '-');
  if (d->special) {
    buf_add(out, d->special == 'I' ? STR("Infinity") : STR("NaN"));
    return;
  }
  Buf digits = {0};
  bigint_print(&digits, d->coeff, 10);
  int64_t n = (int64_t)digits.len, left = d->exp + n; // digits before the point
  int64_t point = d->exp <= 0 && left > -6 ? left : 1;
  if (point <= 0) {
    buf_adds(out, "0.");
    for (int64_t i = point; i < 0; i++)
      buf_addc(out, '0');
    buf_add(out, buf_str(&digits));
  } else {
    buf_add(out, str_n(digits.ptr, (size_t)(point < n ? point : n)));
    if (point < n) {
      buf_addc(out, '.');
      buf_add(out, str_n(digits.ptr + point, (size_t)(n - point)));
    }
  }
  if (left != point)
    buf_addf(out, "E%+lld", (long long)(left - point));
  buf_free(&digits);
}

static void decimal_repr(const Object *o, Buf *out) {
  buf_adds(out, "Decimal('");
  decimal_str(o, out);
  buf_adds(out, "')");
}

static double to_double(const Decimal *d) {
  if (d->special)
    return d->special == 'N' ? (double)NAN : d->negative ? -(double)INFINITY : (double)INFINITY;
  Arena a = {0};
  Str s = str_fmt(&a, "%s%.*se%lld", d->negative ? "-" : "", STR_ARG(digits_of(&a, d->coeff)),
                  (long long)d->exp);
  double f = 0;
  parse_float(&a, s, &f);
  arena_free(&a);
  return f;
}

// An int or Decimal as Decimal. False: neither.
static bool as_decimal(Arena *a, Value v, Value *out) {
  if (val_is_type(v, &decimal_type)) {
    *out = v;
    return true;
  }
  if (!is_whole(v))
    return false;
  bool negative = bigint_cmp(v, zero()) < 0;
  Value coeff = v.kind == VAL_BOOL ? val_int(v.b) : v;
  if (negative)
    bigint_sub(a, zero(), coeff, &coeff);
  *out = make(a, negative, coeff, 0);
  return true;
}

// The exact value of a float.
static Value from_float(Arena *a, double f) {
  if (!isfinite(f))
    return make_special(a, f < 0, isnan(f) ? 'N' : 'I');
  Value v = make(a, false, zero(), 0);
  decimal_parse(a, str_fmt(a, "%.1100f", f), &v);
  return v;
}

static int cmp_magnitude(Arena *a, const Decimal *x, const Decimal *y) {
  if (is_zero(x) || is_zero(y))
    return is_zero(x) == is_zero(y) ? 0 : is_zero(x) ? -1 : 1;
  int64_t ax = x->exp + (int64_t)digits_of(a, x->coeff).len,
          ay = y->exp + (int64_t)digits_of(a, y->coeff).len;
  if (ax != ay)
    return ax < ay ? -1 : 1;
  int64_t low = x->exp < y->exp ? x->exp : y->exp;
  return bigint_cmp(shifted(a, x->coeff, x->exp - low), shifted(a, y->coeff, y->exp - low));
}

static int compare(Arena *a, const Decimal *x, const Decimal *y) {
  if (x->special || y->special) {
    double fx = x->special ? to_double(x) : 0, fy = y->special ? to_double(y) : 0;
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
    y = from_float(&a, other.f);
  else if (!as_decimal(&a, other, &y))
    return false;
  if (((const Decimal *)o)->special != 'N' && dec(y)->special != 'N')
    eq = !compare(&a, (const Decimal *)o, dec(y));
  arena_free(&a);
  return eq;
}

static uint64_t decimal_hash(const Object *o) {
  uint64_t h = 0;
  double f = to_double((const Decimal *)o);
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
  Value p = shifted(a, x->coeff, x->exp - low), q = shifted(a, y->coeff, y->exp - low), r;
  if (x->negative == yneg) {
    bigint_add(a, p, q, &r);
    return rounded(a, yneg, r, low);
  }
  int c = bigint_cmp(p, q);
  bigint_sub(a, c < 0 ? q : p, c < 0 ? p : q, &r);
  return rounded(a, c ? (c < 0 ? yneg : x->negative) : false, r, low);
}

static Value divide(Eval *ev, const Decimal *x, const Decimal *y) {
  Arena *a = eval_arena(ev);
  bool negative = x->negative != y->negative;
  if (is_zero(y))
    eval_fail(ev, is_zero(x) ? "DivisionUndefined: 0 / 0" : "DivisionByZero: x / 0");
  if (is_zero(x))
    return make(a, negative, zero(), x->exp - y->exp);
  int64_t shift =
      (int64_t)digits_of(a, y->coeff).len - (int64_t)digits_of(a, x->coeff).len + PRECISION + 1;
  int64_t exp = x->exp - y->exp - shift, ideal = x->exp - y->exp;
  Value q, r, top = shift > 0 ? shifted(a, x->coeff, shift) : x->coeff;
  Value low = shift < 0 ? shifted(a, y->coeff, -shift) : y->coeff;
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
  return rounded(a, negative, q, exp);
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
  bigint_divmod(a, shifted(a, x->coeff, x->exp - low), shifted(a, y->coeff, y->exp - low), &q, &r);
  if (digits_of(a, q).len > PRECISION)
    eval_fail(ev, "DivisionImpossible: the quotient is too large");
  return rest ? rounded(a, x->negative, r, low) : make(a, x->negative != y->negative, q, 0);
}

static Value power(Eval *ev, const Decimal *x, const Decimal *y) {
  Arena *a = eval_arena(ev);
  Value n = y->exp >= 0 ? shifted(a, y->coeff, y->exp > 6 ? 6 : y->exp) : zero();
  if (y->exp < 0 || n.kind != VAL_INT || n.i > 9999) {
    double f = pow(to_double(x), to_double(y));
    return rounded(a, f < 0, dec(from_float(a, fabs(f)))->coeff, dec(from_float(a, fabs(f)))->exp);
  }
  Value r = make(a, false, val_int(1), 0);
  for (int64_t i = 0; i < n.i; i++) {
    Value c;
    eval_step(ev, 10);
    bigint_mul(a, dec(r)->coeff, x->coeff, &c);
    r = rounded(a, dec(r)->negative != x->negative, c, dec(r)->exp + x->exp);
  }
  Value one = make(a, false, val_int(1), 0);
  return y->negative ? divide(ev, dec(one), dec(r)) : r;
}

static bool arithmetic(Eval *ev, const char *op, const Decimal *x, const Decimal *y, Value *out) {
  Arena *a = eval_arena(ev);
  if (x->special || y->special) {
    *out = make_special(a, false, 'N');
    return strchr("+-*/%", op[0]) != NULL;
  }
  if (!strcmp(op, "+") || !strcmp(op, "-"))
    *out = add(ev, x, y, op[0] == '-');
  else if (!strcmp(op, "*")) {
    Value c;
    bigint_mul(a, x->coeff, y->coeff, &c);
    *out = rounded(a, x->negative != y->negative, c, x->exp + y->exp);
  } else if (!strcmp(op, "/"))
    *out = divide(ev, x, y);
  else if (!strcmp(op, "//") || !strcmp(op, "%"))
    *out = whole_divide(ev, x, y, op[0] == '%');
  else if (!strcmp(op, "**"))
    *out = power(ev, x, y);
  else
    return false;
  return true;
}

static bool decimal_binary(Eval *ev, const char *op, Value l, Value r, Value *out) {
  Arena *a = eval_arena(ev);
  Value x, y;
  if (!strcmp(op, "neg") || !strcmp(op, "pos")) {
    bool negative = op[0] == 'n' ? !dec(l)->negative && !is_zero(dec(l)) : dec(l)->negative;
    *out = dec(l)->special ? make_special(a, negative, dec(l)->special)
                           : rounded(a, negative, dec(l)->coeff, dec(l)->exp);
    return true;
  }
  bool order = op[0] == '<' || op[0] == '>';
  if (order && l.kind == VAL_FLOAT)
    l = from_float(a, l.f);
  if (order && r.kind == VAL_FLOAT)
    r = from_float(a, r.f);
  if (!as_decimal(a, l, &x) || !as_decimal(a, r, &y))
    return false;
  if (!order)
    return arithmetic(ev, op, dec(x), dec(y), out);
  int c = compare(a, dec(x), dec(y));
  bool nan = dec(x)->special == 'N' || dec(y)->special == 'N';
  *out = val_bool(!nan && (op[0] == '<' ? (op[1] ? c <= 0 : c < 0) : op[1] ? c >= 0 : c > 0));
  return true;
}

// --- methods
static Value quantized(Arena *a, const Decimal *d, int64_t exp) {
  return make(a, d->negative, shifted(a, d->coeff, d->exp - exp), exp);
}

static Value m_quantize(Eval *ev, Value self, const Args *args) {
  Value v[2] = {val_none(), val_none()}, to;
  args_bind(ev, "quantize", args, PARAMS("exp", "rounding"), 2, 1, v);
  if (!as_decimal(eval_arena(ev), v[0], &to))
    eval_fail(ev, "conversion from %s to Decimal is not supported", val_type_name(v[0]));
  if (dec(self)->exp - dec(to)->exp > PRECISION)
    eval_fail(ev, "quantize result has too many digits for current context");
  Value r = quantized(eval_arena(ev), dec(self), dec(to)->exp);
  if (digits_of(eval_arena(ev), dec(r)->coeff).len > PRECISION)
    eval_fail(ev, "quantize result has too many digits for current context");
  return r;
}

static Value m_normalize(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "normalize", args, 0, 0);
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(rounded(a, dec(self)->negative, dec(self)->coeff, dec(self)->exp));
  if (is_zero(d))
    return make(a, d->negative, zero(), 0);
  Value c = d->coeff, ten, rest;
  int64_t exp = d->exp;
  for (;; exp++, c = ten) {
    bigint_divmod(a, c, val_int(10), &ten, &rest);
    if (rest.i)
      return make(a, d->negative, c, exp);
  }
}

static Value m_round(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "__round__", args, 0, 1);
  Value places = arg_or(args, 0, val_none());
  Arena *a = eval_arena(ev);
  int64_t n = places.kind == VAL_NONE ? 0 : need_int(ev, places, -5000, 5000, "ndigits");
  Value r = quantized(a, dec(self), -n);
  if (places.kind != VAL_NONE)
    return r;
  Value whole = dec(r)->coeff;
  if (dec(r)->negative)
    bigint_sub(a, zero(), whole, &whole);
  return whole;
}

static Value m_to_integral(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "to_integral_value", args, 0, 1);
  return dec(self)->exp >= 0 ? self : quantized(eval_arena(ev), dec(self), 0);
}

static Value m_is_zero(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "is_zero", args, 0, 0);
  return val_bool(is_zero(dec(self)));
}
static Value m_is_nan(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "is_nan", args, 0, 0);
  return val_bool(dec(self)->special == 'N');
}
static Value m_is_finite(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "is_finite", args, 0, 0);
  return val_bool(!dec(self)->special);
}
static Value m_is_signed(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "is_signed", args, 0, 0);
  return val_bool(dec(self)->negative);
}
static Value m_copy_abs(Eval *ev, Value self, const Args *args) {
  args_positional(ev, "copy_abs", args, 0, 0);
  return make(eval_arena(ev), false, dec(self)->coeff, dec(self)->exp);
}

// format(): the digits here, sign and filling as for any number.
static Value m_format(Eval *ev, Value self, const Args *args) {
  Str spec = need_str(ev, "__format__", args->pos[0]);
  char type = spec.len ? spec.ptr[spec.len - 1] : 0;
  bool fixed = type == 'f' || type == 'F' || type == '%';
  ptrdiff_t dot = str_rfind(spec, STR("."));
  if (dot >= 0 && !fixed)
    return val_str(format_value(ev, val_float(to_double(dec(self))), spec));
  Arena *a = eval_arena(ev);
  const Decimal *d = dec(self);
  if (d->special)
    return val_str(format_value(ev, val_float(to_double(d)), spec));
  if (type == '%')
    d = dec(make(a, d->negative, d->coeff, d->exp + 2));
  Value places = val_int(d->exp < 0 ? -d->exp : 0);
  if (dot >= 0 && !parse_int(a, str_sub(spec, (size_t)dot + 1, spec.len - 1), 10, &places))
    eval_fail(ev, "invalid format string");
  // A whole number carries the layout; its digits are put behind the point afterwards.
  int64_t n = need_int(ev, places, 0, 5000, "precision");
  d = fixed || d->exp > 0 ? dec(quantized(a, d, -n)) : d;
  Buf text = {.arena = a};
  decimal_str(&(Decimal){{&decimal_type}, false, 0, d->coeff, d->exp}.object, &text);
  if (type == '%')
    buf_addc(&text, '%');
  Str layout = str_sub(spec, 0, dot >= 0 ? (size_t)dot : spec.len - fixed);
  return val_str(format_digits(ev, d->negative, buf_str(&text), layout));
}

static const Method decimal_methods[] = {
    {"quantize",          m_quantize   },
    {"normalize",         m_normalize  },
    {"__round__",         m_round      },
    {"__format__",        m_format     },
    {"is_zero",           m_is_zero    },
    {"is_nan",            m_is_nan     },
    {"is_finite",         m_is_finite  },
    {"is_signed",         m_is_signed  },
    {"copy_abs",          m_copy_abs   },
    {"to_integral_value", m_to_integral},
    {"to_integral",       m_to_integral},
    {NULL,                NULL         },
};

static bool decimal_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Method *m = method_find(decimal_methods, name);
  if (m)
    *out = val_func(eval_arena(ev), m->name, m->fn, val_obj(o));
  else if (str_is(name, "real"))
    *out = val_obj(o);
  else if (str_is(name, "imag"))
    *out = make(eval_arena(ev), false, zero(), 0);
  else
    return false;
  return true;
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
