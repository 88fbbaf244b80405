// fmt % arg: printf-like formatting as Python's str has it. In: a format and a tuple, a mapping or
// one value. Out: text.
#include "../ops_access.h"
#include "format.h"
#include "std.h"
#include "std_text.h"

#include <math.h>
#include <stdlib.h>

typedef struct Percent {
  Eval *ev;
  Str s;
  size_t at;
  Value arg;
  size_t used;  // arguments taken so far
  bool mapping; // arg may be asked for %(keys)
  bool keyed;   // the running conversion has a %(key)
  Value keyed_value;
} Percent;

typedef struct Conv {
  bool left, plus, space, alt, zero;
  int64_t width, precision; // -1: not given
} Conv;

static Value next_arg(Percent *p) {
  if (p->keyed)
    return p->keyed_value;
  bool tuple = p->arg.kind == VAL_TUPLE;
  size_t n = tuple ? p->arg.list->n : 1;
  if (p->used >= n)
    eval_fail(p->ev, "not enough arguments for format string");
  p->used++;
  return tuple ? p->arg.list->items[p->used - 1] : p->arg;
}

static char next_char(Percent *p) {
  if (p->at >= p->s.len)
    eval_fail(p->ev, "incomplete format");
  return p->s.ptr[p->at++];
}

// %(key): the text up to the matching bracket.
static void read_key(Percent *p) {
  if (!p->mapping)
    eval_fail(p->ev, "format requires a mapping");
  size_t from = p->at;
  for (int depth = 1; depth;) {
    if (p->at >= p->s.len)
      eval_fail(p->ev, "incomplete format key");
    char c = p->s.ptr[p->at++];
    depth += c == '(';
    depth -= c == ')';
  }
  Str key = str_sub(p->s, from, p->at - 1);
  Value *v = p->arg.kind == VAL_DICT ? dict_gets(p->arg.dict, key) : NULL;
  if (p->arg.kind == VAL_UNDEF)
    ops_undef_fail(p->ev, p->arg);
  p->keyed_value = v                           ? *v
                   : p->arg.kind == VAL_OBJECT ? ops_item(p->ev, p->arg, val_str(key))
                                               : val_undef(NULL);
  if (!v && (p->arg.kind != VAL_OBJECT || p->keyed_value.kind == VAL_UNDEF))
    eval_fail(p->ev, "KeyError: '%.*s'", STR_ARG(key));
  p->keyed = true;
}

// A number or "*".
static int64_t amount(Percent *p, const char *what) {
  if (p->at < p->s.len && p->s.ptr[p->at] == '*') {
    p->at++;
    Value v = next_arg(p);
    if (v.kind != VAL_INT && v.kind != VAL_BOOL)
      eval_fail(p->ev, "* wants int");
    int64_t n = need_index(p->ev, v);
    if (n > (1 << 24) || n < -(1 << 24))
      eval_fail(p->ev, "%s too big", what);
    return n;
  }
  int64_t n = 0;
  while (p->at < p->s.len && p->s.ptr[p->at] >= '0' && p->s.ptr[p->at] <= '9') {
    n = n * 10 + (p->s.ptr[p->at++] - '0');
    if (n > (1 << 24))
      eval_fail(p->ev, "%s too big", what);
  }
  return n;
}

static void emit(Percent *p, Buf *out, const Conv *c, Str head, Str body, bool zeros) {
  int64_t room = c->width - (int64_t)(utf8_count(head) + utf8_count(body));
  char fill = zeros && c->zero && !c->left ? '0' : ' ';
  eval_step(p->ev, room > 0 ? (uint64_t)room / 64 : 0);
  if (fill == '0')
    buf_add(out, head);
  for (int64_t i = 0; !c->left && i < room; i++)
    buf_addc(out, fill);
  if (fill != '0')
    buf_add(out, head);
  buf_add(out, body);
  for (int64_t i = 0; c->left && i < room; i++)
    buf_addc(out, ' ');
}

static void emit_text(Percent *p, Buf *out, const Conv *c, Str s) {
  if (c->precision >= 0)
    s = str_sub(s, 0, utf8_offset(s, (size_t)c->precision));
  emit(p, out, c, STR(""), s, false);
}

static Str sign_of(const Conv *c, bool negative) {
  return negative ? STR("-") : c->plus ? STR("+") : c->space ? STR(" ") : STR("");
}

static Value whole_arg(Percent *p, Value v, char type) {
  Arena *a = eval_arena(p->ev);
  Value out;
  if (val_is_whole(v))
    return v.kind == VAL_BOOL ? val_int(v.b) : v;
  if (v.kind == VAL_UNDEF)
    ops_undef_fail(p->ev, v);
  bool decimal = type != 'x' && type != 'X' && type != 'o';
  if (v.kind == VAL_FLOAT && decimal) {
    if (!bigint_from_double(a, v.f, &out))
      eval_fail(p->ev, "cannot convert float %s to integer", isnan(v.f) ? "NaN" : "infinity");
    return out;
  }
  if (val_is_type(v, &decimal_type) && decimal)
    out = decimal_whole(a, v, val_to_str(a, v).ptr[0] == '-');
  if (val_is_type(v, &decimal_type) && decimal && out.kind == VAL_NONE)
    eval_fail(p->ev, "cannot convert %s to integer", str_cstr(a, val_to_str(a, v)));
  if (val_is_type(v, &decimal_type) && decimal)
    return out;
  eval_fail(p->ev, "%%%c format: %s is required, not %s", type,
            decimal ? "a real number" : "an integer", val_type_name(v));
}

static void emit_int(Percent *p, Buf *out, const Conv *c, Value v, char type) {
  Arena *a = eval_arena(p->ev);
  Buf b = {.arena = a}, body = {.arena = a};
  bigint_print(&b, whole_arg(p, v, type), type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10);
  Str digits = buf_str(&b);
  bool negative = digits.ptr[0] == '-';
  digits = str_sub(digits, negative, digits.len);
  if (type == 'X')
    digits = str_upper(a, digits);
  for (int64_t i = (int64_t)digits.len; i < c->precision; i++)
    buf_addc(&body, '0');
  buf_add(&body, digits);
  Str prefix = !c->alt       ? STR("")
               : type == 'o' ? STR("0o")
               : type == 'x' ? STR("0x")
               : type == 'X' ? STR("0X")
                             : STR("");
  emit(p, out, c, str_cat(a, sign_of(c, negative), prefix), buf_str(&body), true);
}

static void emit_float(Percent *p, Buf *out, const Conv *c, Value v, char type) {
  double f;
  if (val_is_type(v, &decimal_type))
    f = f_float(p->ev, (Value[]){v, val_float(0)}).f;
  else
    f = need_float(p->ev, v);
  if (v.kind == VAL_BIGINT && isinf(f))
    eval_fail(p->ev, "int too large to convert to float");
  char spec[8];
  size_t n = 0;
  if (c->alt)
    spec[n++] = '#';
  spec[n++] = '.';
  Arena *a = eval_arena(p->ev);
  if (c->precision > 100000)
    eval_fail(p->ev, "precision too big");
  Str how = str_fmt(a, "%.*s%lld%c", (int)n, spec, (long long)(c->precision < 0 ? 6 : c->precision),
                    type);
  Str s = format_value(p->ev, val_float(fabs(f)), how);
  if (isnan(f))
    f = 0;
  emit(p, out, c, sign_of(c, signbit(f)), s, true);
}

static void emit_char(Percent *p, Buf *out, const Conv *c, Value v) {
  Buf b = {.arena = eval_arena(p->ev)};
  if (v.kind == VAL_STR) {
    if (utf8_count(val_text(v)) != 1)
      eval_fail(p->ev, "%%c requires int or char");
    buf_add(&b, val_text(v));
  } else {
    if (!val_is_whole(v))
      eval_fail(p->ev, "%%c requires int or char");
    int64_t cp = need_index(p->ev, v);
    if (cp < 0 || cp > 0x10ffff)
      eval_fail(p->ev, "%%c arg not in range(0x110000)");
    utf8_add(&b, (uint32_t)cp);
  }
  emit(p, out, c, STR(""), buf_str(&b), false);
}

static void emit_repr(Percent *p, Buf *out, const Conv *c, Value v, bool ascii) {
  Value spec = val_str(ascii ? STR("{!a}") : STR("{!r}"));
  Value s = str_format(p->ev, spec, &(Args){.pos = &v, .npos = 1}, val_none());
  emit_text(p, out, c, val_text(s));
}

static Conv read_conv(Percent *p, char *type) {
  Conv c = {.width = -1, .precision = -1};
  char ch = next_char(p);
  for (;; ch = next_char(p)) {
    if (ch == '-')
      c.left = true;
    else if (ch == '+')
      c.plus = true;
    else if (ch == ' ')
      c.space = true;
    else if (ch == '#')
      c.alt = true;
    else if (ch == '0')
      c.zero = true;
    else
      break;
  }
  p->at--;
  c.width = amount(p, "width");
  if (c.width < 0) {
    c.left = true;
    c.width = -c.width;
  }
  ch = next_char(p);
  if (ch == '.') {
    c.precision = amount(p, "precision");
    c.precision = c.precision < 0 ? 0 : c.precision;
    ch = next_char(p);
  }
  if (ch == 'h' || ch == 'l' || ch == 'L')
    ch = next_char(p);
  *type = ch;
  return c;
}

static void conversion(Percent *p, Buf *out, bool safe) {
  p->keyed = false;
  if (p->at < p->s.len && p->s.ptr[p->at] == '(') {
    p->at++;
    read_key(p);
  }
  char type;
  Conv c = read_conv(p, &type);
  if (type == '%') {
    buf_addc(out, '%');
    return;
  }
  if (!strchr("diuoxXeEfFgGcrsa", type)) {
    size_t at = p->at - 1, end = at;
    uint32_t cp = utf8_next(p->s, &end);
    eval_fail(p->ev, "unsupported format character '%.*s' (0x%x) at index %zu",
              STR_ARG(str_sub(p->s, at, end)), cp, utf8_count(str_sub(p->s, 0, at)));
  }
  Value v = next_arg(p);
  if (strchr("diuoxX", type))
    emit_int(p, out, &c, v, type == 'i' || type == 'u' ? 'd' : type);
  else if (strchr("eEfFgG", type))
    emit_float(p, out, &c, v, type);
  else if (type == 'c')
    emit_char(p, out, &c, v);
  else if (type == 's')
    emit_text(p, out, &c, safe ? val_text(html_escape(p->ev, v)) : to_str(p->ev, v));
  else
    emit_repr(p, out, &c, v, type == 'a');
}

Value str_percent(Eval *ev, Value fmt, Value arg) {
  Percent p = {.ev = ev, .s = val_text(fmt), .arg = arg};
  p.mapping = arg.kind == VAL_DICT || arg.kind == VAL_LIST || arg.kind == VAL_UNDEF ||
              (arg.kind == VAL_OBJECT && arg.obj->type->item);
  Buf b = {.arena = eval_arena(ev)};
  while (p.at < p.s.len) {
    ptrdiff_t next = str_find(p.s, STR("%"), p.at);
    size_t end = next < 0 ? p.s.len : (size_t)next;
    buf_add(&b, str_sub(p.s, p.at, end));
    p.at = end;
    if (next < 0)
      break;
    p.at++;
    eval_step(ev, 1);
    conversion(&p, &b, fmt.flags & VAL_SAFE);
  }
  size_t n = arg.kind == VAL_TUPLE ? arg.list->n : 1;
  if (!p.mapping && p.used < n)
    eval_fail(ev, "not all arguments converted during string formatting");
  return str_value(&b, fmt.flags);
}
