// In: values. Out: their text, as Python's str() and repr() give it.
#include "print.h"

#include "value.h"

#include "../base/utf8.h"
#include "../base/work.h"
#include "bigint.h"
#include "depth.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// A float of at most six decimals: they are its shortest digits where another number of sixteen
// digits is too far away to be read as the same, below 2**33. False: it is none.
static bool print_decimals(Buf *out, double f) {
  double size = fabs(f), micros = size * 1e6;
  if (!(size == 0 || (size >= 1e-4 && size < 8e9)))
    return false;
  uint64_t n = (uint64_t)(micros + 0.5);
  if ((double)n / 1e6 != size)
    return false;
  char digits[32], *end = digits + snprintf(digits, sizeof digits, "%" PRIu64 ".%06u", n / 1000000,
                                            (unsigned)(n % 1000000));
  while (end[-1] == '0' && end[-2] != '.')
    end--;
  if (signbit(f))
    buf_addc(out, '-');
  buf_add(out, str_n(digits, (size_t)(end - digits)));
  return true;
}

// Python's repr of a float: the shortest digits that read back the same, exponent from 1e16 up and
// below 1e-4.
void val_print_float(Buf *out, double f) {
  if (isnan(f)) {
    buf_adds(out, "nan");
    return;
  }
  if (isinf(f)) {
    buf_add(out, f < 0 ? STR("-inf") : STR("inf"));
    return;
  }
  if (print_decimals(out, f))
    return;
  char digits[40];
  // 15 digits always read back, but for the smallest numbers, which have fewer; zeros are cut
  // below.
  for (int prec = fabs(f) < 2.3e-308 ? 0 : 14; prec <= 16; prec++) {
    snprintf(digits, sizeof digits, "%.*e", prec, f);
    if (strtod(digits, NULL) == f)
      break;
    // Below a power of two numbers lie closer than above it: there the next digit up may be in
    // reach where the nearest is not.
    char *last = strchr(digits, 'e') - 1;
    if (prec == 15 && *last < '9') {
      ++*last;
      if (strtod(digits, NULL) == f)
        break;
    }
  }
  char *e = strchr(digits, 'e');
  int exp = (int)strtol(e + 1, NULL, 10);
  *e = 0;
  bool negative = digits[0] == '-';
  char mant[32];
  size_t n = 0;
  for (char *p = digits + negative; *p; p++)
    if (*p != '.')
      mant[n++] = *p;
  while (n > 1 && mant[n - 1] == '0')
    n--;
  if (negative)
    buf_addc(out, '-');
  if (exp < -4 || exp >= 16) {
    buf_addc(out, mant[0]);
    if (n > 1) {
      buf_addc(out, '.');
      buf_add(out, str_n(mant + 1, n - 1));
    }
    buf_addf(out, "e%c%02d", exp < 0 ? '-' : '+', abs(exp));
    return;
  }
  if (exp < 0) {
    buf_adds(out, "0.");
    for (int i = -1; i > exp; i--)
      buf_addc(out, '0');
    buf_add(out, str_n(mant, n));
    return;
  }
  for (int i = 0; i <= exp; i++)
    buf_addc(out, (size_t)i < n ? mant[i] : '0');
  buf_addc(out, '.');
  if ((size_t)exp + 1 < n)
    buf_add(out, str_n(mant + exp + 1, n - (size_t)exp - 1));
  else
    buf_addc(out, '0');
}

void val_print_json_float(Buf *out, double f) {
  if (isnan(f))
    buf_adds(out, "NaN");
  else if (isinf(f))
    buf_add(out, f < 0 ? STR("-Infinity") : STR("Infinity"));
  else
    val_print_float(out, f);
}

static void repr_str(Buf *out, Str s) {
  bool single = memchr(s.ptr ? s.ptr : "", '\'', s.len),
       twice = memchr(s.ptr ? s.ptr : "", '"', s.len);
  char quote = single && !twice ? '"' : '\'';
  buf_addc(out, quote);
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    if (c == (uint32_t)quote || c == '\\')
      buf_addf(out, "\\%c", (char)c);
    else if (c == '\n')
      buf_adds(out, "\\n");
    else if (c == '\r')
      buf_adds(out, "\\r");
    else if (c == '\t')
      buf_adds(out, "\\t");
    else if (c >= 32 && c < 127)
      buf_addc(out, (char)c);
    else if (utf8_isprintable(c))
      utf8_add(out, c);
    else if (c < 0x100)
      buf_addf(out, "\\x%02x", c);
    else if (c < 0x10000)
      buf_addf(out, "\\u%04x", c);
    else
      buf_addf(out, "\\U%08x", c);
  }
  buf_addc(out, quote);
}

enum { LONGEST = 1 << 28 }; // what a doubling of lists would print is longer: no template needs it

static void repr_list(Buf *out, Value v) {
  bool tuple = v.kind == VAL_TUPLE;
  Trail t;
  if (!val_print_enter(&t, v.list)) {
    buf_add(out, tuple ? STR("(...)") : STR("[...]"));
    return;
  }
  buf_addc(out, tuple ? '(' : '[');
  for (size_t i = 0; i < v.list->n; i++) {
    if (i)
      buf_adds(out, ", ");
    val_repr(out, v.list->items[i]);
  }
  if (tuple && v.list->n == 1)
    buf_addc(out, ',');
  buf_addc(out, tuple ? ')' : ']');
  val_print_leave(&t);
}

static void repr_dict(Buf *out, Value v) {
  Trail t;
  if (v.kind == VAL_SET && !v.dict->n) {
    buf_adds(out, "set()");
    return;
  }
  if (!val_print_enter(&t, v.dict)) {
    buf_adds(out, "{...}");
    return;
  }
  buf_addc(out, '{');
  size_t at = 0;
  bool first = true;
  for (DictEntry *e; (e = dict_next(v.dict, &at)); first = false) {
    if (!first)
      buf_adds(out, ", ");
    val_repr(out, e->key);
    if (v.kind == VAL_DICT) {
      buf_adds(out, ": ");
      val_repr(out, e->value);
    }
  }
  buf_addc(out, '}');
  val_print_leave(&t);
}

static void repr_kind(Buf *out, Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
    buf_adds(out, "Undefined");
    break;
  case VAL_NONE:
    buf_adds(out, "None");
    break;
  case VAL_BOOL:
    buf_add(out, v.b ? STR("True") : STR("False"));
    break;
  case VAL_INT:
    buf_addf(out, "%lld", (long long)v.i);
    break;
  case VAL_BIGINT:
    bigint_print(out, v, 10);
    break;
  case VAL_FLOAT:
    val_print_float(out, v.f);
    break;
  case VAL_STR:
    if (v.flags & VAL_SAFE)
      buf_adds(out, "Markup(");
    repr_str(out, val_text(v));
    if (v.flags & VAL_SAFE)
      buf_addc(out, ')');
    break;
  case VAL_LIST:
  case VAL_TUPLE:
    repr_list(out, v);
    break;
  case VAL_DICT:
  case VAL_SET:
    repr_dict(out, v);
    break;
  case VAL_FUNC:
    buf_addf(out, "<function %s>", v.func->native->name);
    break;
  case VAL_OBJECT:
    if (v.obj->type->repr)
      v.obj->type->repr(v.obj, out);
    else
      buf_addf(out, "<%s object>", v.obj->type->name);
    break;
  }
}

void val_repr(Buf *out, Value v) {
  if (out->len > LONGEST) {
    work_over(WORK_LONG);
    return;
  }
  if (!val_enter()) {
    buf_adds(out, "...");
    return;
  }
  repr_kind(out, v);
  val_leave();
}

void val_print(Buf *out, Value v) {
  switch ((ValueKind)v.kind) {
  case VAL_UNDEF:
    break;
  case VAL_STR:
    buf_add(out, val_text(v));
    break;
  case VAL_INT: {
    char digits[24], *p = digits + sizeof digits;
    uint64_t n = v.i < 0 ? 0 - (uint64_t)v.i : (uint64_t)v.i;
    do
      *--p = (char)('0' + n % 10);
    while (n /= 10);
    if (v.i < 0)
      *--p = '-';
    buf_add(out, str_n(p, (size_t)(digits + sizeof digits - p)));
    break;
  }
  case VAL_OBJECT:
    if (v.obj->type->str) {
      v.obj->type->str(v.obj, out);
      break;
    }
    val_repr(out, v);
    break;
  default:
    val_repr(out, v);
  }
}

Str val_to_str(Arena *a, Value v) {
  if (v.kind == VAL_STR)
    return val_text(v);
  Buf b = {.arena = a};
  val_print(&b, v);
  return buf_str(&b);
}
