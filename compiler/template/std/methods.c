// The methods and attributes of native types: which type has which. In: a value and a name. Out: a
// method bound to the value, or an attribute's value. The methods are in methods_str.c and
// methods_seq.c.
#include "std.h"
#include "std_text.h"

#include <math.h>
#include <stdio.h>

static Value n_bit_length(Eval *ev, const Value *v) {
  Value self = v[0];
  Buf b = {.arena = eval_arena(ev)};
  if (self.kind == VAL_BOOL)
    self = val_int(self.b);
  bigint_print(&b, self, 2);
  Str s = buf_str(&b);
  return val_int(str_is(s, "0") ? 0 : (int64_t)s.len - (s.ptr[0] == '-'));
}

static Value n_bit_count(Eval *ev, const Value *v) {
  Value self = v[0];
  Buf b = {.arena = eval_arena(ev)};
  bigint_print(&b, self.kind == VAL_BOOL ? val_int(self.b) : self, 2);
  int64_t n = 0;
  for (size_t i = 0; i < b.len; i++)
    n += b.ptr[i] == '1';
  return val_int(n);
}

static Value pair(Eval *ev, Value x, Value y) {
  Value t = val_tuple(eval_arena(ev), 2);
  list_push(eval_arena(ev), t.list, x);
  list_push(eval_arena(ev), t.list, y);
  return t;
}

static Value n_as_integer_ratio(Eval *ev, const Value *v) {
  Value self = v[0];
  if (self.kind != VAL_FLOAT)
    return pair(ev, self.kind == VAL_BOOL ? val_int(self.b) : self, val_int(1));
  if (!isfinite(self.f))
    eval_fail(ev, "cannot convert %s to integer ratio", isnan(self.f) ? "NaN" : "Infinity");
  int exp;
  double m = frexp(self.f, &exp);
  while (m != floor(m)) {
    m *= 2;
    exp--;
  }
  Value top = val_int((int64_t)m), low = val_int(1), power;
  if (!bigint_pow(eval_arena(ev), val_int(2), (uint64_t)(exp < 0 ? -exp : exp), &power) ||
      !bigint_mul(eval_arena(ev), exp < 0 ? low : top, power, exp < 0 ? &low : &top))
    eval_fail(ev, "number too big");
  return pair(ev, top, low);
}

static Value n_conjugate(Eval *ev, const Value *v) {
  (void)ev;
  Value self = v[0];
  return self.kind == VAL_BOOL ? val_int(self.b) : self;
}

static Value n_to_bytes(Eval *ev, const Value *v) {
  (void)v;
  eval_fail_code(ev, CODE_UNSUPPORTED,
                 "'bytes' values are not supported in templates: int.to_bytes()");
}

static Value n_is_integer(Eval *ev, const Value *v) {
  (void)ev;
  Value self = v[0];
  return val_bool(isfinite(self.f) && self.f == floor(self.f));
}

// A double as hexadecimal digits of its mantissa: C99's %a with Python's width.
static Value n_hex(Eval *ev, const Value *v) {
  double f = v[0].f;
  if (!isfinite(f) || f == 0) {
    Buf b = {.arena = eval_arena(ev)};
    if (f == 0)
      buf_addf(&b, "%s0x0.0p+0", signbit(f) ? "-" : "");
    else
      val_print(&b, v[0]);
    return str_value(&b, 0);
  }
  return val_str(str_fmt(eval_arena(ev), "%.13a", f));
}

// clang-format off
const Native int_methods[] = {
    {"as_integer_ratio", n_as_integer_ratio, "self",                  "the number as a pair (numerator, denominator)"},
    {"bit_count",        n_bit_count,        "self",                  "how many bits are set"},
    {"bit_length",       n_bit_length,       "self",                  "how many bits it takes"},
    {"conjugate",        n_conjugate,        "self",                  "the number itself"},
    {"to_bytes",         n_to_bytes,         "self, *args, **kwargs", "not supported"},
    {0},
};

const Native float_methods[] = {
    {"as_integer_ratio", n_as_integer_ratio, "self", "the number as a pair (numerator, denominator)"},
    {"conjugate",        n_conjugate,        "self", "the number itself"},
    {"hex",              n_hex,              "self", "the number in hexadecimal digits"},
    {"is_integer",       n_is_integer,       "self", "whether it is a whole number"},
    {0},
};
// clang-format on

// int.real and its like. False: no such attribute.
static bool number_attr(Value v, Str name, Value *out) {
  bool whole = v.kind != VAL_FLOAT;
  if (str_is(name, "real") || (whole && str_is(name, "numerator")))
    *out = v.kind == VAL_BOOL ? val_int(v.b) : v;
  else if (str_is(name, "imag"))
    *out = whole ? val_int(0) : val_float(0);
  else if (whole && str_is(name, "denominator"))
    *out = val_int(1);
  else
    return false;
  return true;
}

static const Native *const tables[] = {
    [VAL_BOOL] = int_methods,    [VAL_INT] = int_methods,   [VAL_BIGINT] = int_methods,
    [VAL_FLOAT] = float_methods, [VAL_STR] = str_methods,   [VAL_LIST] = list_methods,
    [VAL_TUPLE] = tuple_methods, [VAL_DICT] = dict_methods, [VAL_SET] = set_methods,
};

bool method_lookup(Arena *a, Value v, Str name, Value *out) {
  if (v.kind >= COUNT(tables) || !tables[v.kind])
    return false;
  const char *of = v.kind == VAL_BOOL ? "int" : val_type_name(v);
  if (native_find(a, tables[v.kind], of, name, v, out) ||
      (v.kind == VAL_STR && (v.flags & VAL_SAFE) &&
       native_find(a, markup_methods, "Markup", name, v, out)))
    return true;
  return val_is_number(v) && number_attr(v, name, out);
}
