// Format specifications: format(v, spec), str.format and str.format_map. In: a value and a spec in
// Python's mini-language, or a text with {fields}. Out: text. Leaves % to format_percent.c.
#include "format.h"

#include "../ops_access.h"
#include "std.h"
#include "std_text.h"

#include <math.h>
#include <stdlib.h>

typedef struct Spec {
  Str fill;   // one character
  char align; // < > ^ = or 0: not given
  char sign;  // + - space or 0
  bool alt, zero, no_minus_zero;
  char group;               // , _ or 0
  int64_t width, precision; // -1: not given
  char type;                // 0: not given
} Spec;

enum { TOO_WIDE = 1 << 24 };

static int64_t read_number(Eval *ev, Str s, size_t *at) {
  if (*at >= s.len || s.ptr[*at] < '0' || s.ptr[*at] > '9')
    return -1;
  int64_t n = 0;
  for (; *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9'; ++*at) {
    n = n * 10 + (s.ptr[*at] - '0');
    if (n > TOO_WIDE)
      eval_fail(ev, "Too many decimal digits in format string");
  }
  return n;
}

static bool is_align(Str s, size_t at) { return at < s.len && strchr("<>=^", s.ptr[at]); }

static Spec parse_spec(Eval *ev, Str s, const char *type) {
  Spec f = {.fill = STR(" "), .width = -1, .precision = -1};
  size_t at = 0, first = 0;
  if (s.len)
    utf8_next(s, &first);
  bool filled = s.len && is_align(s, first);
  if (filled) {
    f.fill = str_sub(s, 0, first);
    f.align = s.ptr[first];
    at = first + 1;
  } else if (is_align(s, 0)) {
    f.align = s.ptr[at++];
  }
  if (at < s.len && strchr("+- ", s.ptr[at]))
    f.sign = s.ptr[at++];
  if (at < s.len && s.ptr[at] == 'z')
    f.no_minus_zero = ++at;
  if (at < s.len && s.ptr[at] == '#')
    f.alt = ++at;
  if (at < s.len && s.ptr[at] == '0') {
    f.zero = ++at;
    if (!filled)
      f.fill = STR("0");
  }
  f.width = read_number(ev, s, &at);
  while (at < s.len && (s.ptr[at] == ',' || s.ptr[at] == '_')) {
    if (f.group)
      eval_fail(ev,
                f.group == s.ptr[at] ? "Cannot specify '%c' with '%c'."
                                     : "Cannot specify both ',' and '_'.",
                f.group, s.ptr[at]);
    f.group = s.ptr[at++];
  }
  if (at < s.len && s.ptr[at] == '.') {
    at++;
    f.precision = read_number(ev, s, &at);
    if (f.precision < 0)
      eval_fail(ev, "Format specifier missing precision");
  }
  if (s.len - at > 1)
    eval_fail(ev, "Invalid format specifier '%.*s' for object of type '%s'", STR_ARG(s), type);
  if (at < s.len)
    f.type = s.ptr[at];
  return f;
}

static _Noreturn void bad_code(Eval *ev, char code, const char *type) {
  eval_fail(ev, "Unknown format code '%c' for object of type '%s'", code, type);
}

static void repeat(Eval *ev, Buf *b, Str with, int64_t n) {
  eval_step(ev, n > 0 ? (uint64_t)n / 64 : 0);
  for (; n > 0; n--)
    buf_add(b, with);
}

// head (sign and prefix) and body, filled up to the width.
static Str filled(Eval *ev, const Spec *f, Str head, Str body, char align) {
  Buf b = {.arena = eval_arena(ev)};
  int64_t room = f->width - (int64_t)(utf8_count(head) + utf8_count(body));
  int64_t left = room <= 0 ? 0 : align == '>' ? room : align == '^' ? room / 2 : 0;
  int64_t inner = room > 0 && align == '=' ? room : 0;
  repeat(ev, &b, f->fill, left);
  buf_add(&b, head);
  repeat(ev, &b, f->fill, inner);
  buf_add(&b, body);
  repeat(ev, &b, f->fill, room - left - inner);
  return buf_str(&b);
}

static Str format_text(Eval *ev, Str s, const Spec *f, const char *type) {
  if (f->type && f->type != 's')
    bad_code(ev, f->type, type);
  if (f->sign)
    eval_fail(ev, f->sign == ' ' ? "Space not allowed in string format specifier"
                                 : "Sign not allowed in string format specifier");
  if (f->no_minus_zero)
    eval_fail(ev, "Negative zero coercion (z) not allowed in string format specifier");
  if (f->alt)
    eval_fail(ev, "Alternate form (#) not allowed in string format specifier");
  if (f->align == '=')
    eval_fail(ev, "'=' alignment not allowed in string format specifier");
  if (f->group)
    eval_fail(ev, "Cannot specify '%c' with 's'.", f->group);
  if (f->precision >= 0)
    s = str_sub(s, 0, utf8_offset(s, (size_t)f->precision));
  return filled(ev, f, STR(""), s, f->align ? f->align : '<');
}

// The digits before the point with separators every `size`, led by zeros up to `width` characters.
static Str grouped(Eval *ev, Str digits, char sep, size_t size, int64_t width) {
  Buf back = {.arena = eval_arena(ev)}; // from the right
  size_t n = 0;
  for (size_t i = digits.len; i > 0 || (int64_t)back.len < width; n++) {
    if (sep && n && n % size == 0)
      buf_addc(&back, sep);
    buf_addc(&back, i > 0 ? digits.ptr[i - 1] : '0');
    i -= i > 0;
  }
  for (size_t i = 0, j = back.len; i + 1 < j; i++) {
    char t = back.ptr[i];
    back.ptr[i] = back.ptr[--j];
    back.ptr[j] = t;
  }
  return buf_str(&back);
}

// A number from its parts: sign, prefix, digits, and what follows them (".5", "e+10", "%").
static Str number(Eval *ev, const Spec *f, bool negative, Str prefix, Str digits, Str rest,
                  size_t size) {
  Buf head = {.arena = eval_arena(ev)};
  if (negative)
    buf_addc(&head, '-');
  else if (f->sign == '+' || f->sign == ' ')
    buf_addc(&head, f->sign);
  buf_add(&head, prefix);
  char align = f->align ? f->align : f->zero ? '=' : '>';
  bool zeros = str_is(f->fill, "0") && align == '=';
  int64_t room = zeros ? f->width - (int64_t)(head.len + rest.len) : 0;
  bool plain =
      digits.len && (digits.ptr[0] < '0' || (digits.ptr[0] > '9' && size == 3)); // inf, nan
  if (!plain && (f->group || zeros))
    digits = grouped(ev, digits, f->group, size, room);
  return filled(ev, f, buf_str(&head), str_cat(eval_arena(ev), digits, rest), align);
}

static Str format_float(Eval *ev, double v, const Spec *f, const char *type);

static Str format_char(Eval *ev, Value v, const Spec *f) {
  if (f->sign || f->alt || f->group)
    eval_fail(ev, "%s not allowed with integer format specifier 'c'",
              f->sign  ? "Sign"
              : f->alt ? "Alternate form (#)"
                       : "Grouping");
  int64_t cp = need_index(ev, v);
  if (cp < 0 || cp > 0x10ffff)
    eval_fail(ev, "%%c arg not in range(0x110000)");
  Buf b = {.arena = eval_arena(ev)};
  utf8_add(&b, (uint32_t)cp);
  return filled(ev, f, STR(""), buf_str(&b), f->align ? f->align : '>');
}

static Str format_int(Eval *ev, Value v, const Spec *f) {
  if (f->type && strchr("eEfFgG%", f->type)) {
    double d = need_float(ev, v);
    if (isinf(d))
      eval_fail(ev, "int too large to convert to float");
    return format_float(ev, d, f, "int");
  }
  if (f->type && !strchr("bcdnoxX", f->type))
    bad_code(ev, f->type, val_type_name(v));
  if (f->precision >= 0)
    eval_fail(ev, "Precision not allowed in integer format specifier");
  if (f->no_minus_zero)
    eval_fail(ev, "Negative zero coercion (z) not allowed in format specifier with integer");
  if (f->type == 'c')
    return format_char(ev, v, f);
  bool binary = f->type && strchr("boxX", f->type);
  if (f->group && (f->type == 'n' || (f->group == ',' && binary)))
    eval_fail(ev, "Cannot specify '%c' with '%c'.", f->group, f->type);
  int base = f->type == 'b' ? 2 : f->type == 'o' ? 8 : binary ? 16 : 10;
  Buf b = {.arena = eval_arena(ev)};
  bigint_print(&b, v.kind == VAL_BOOL ? val_int(v.b) : v, base);
  Str digits = buf_str(&b);
  bool negative = digits.ptr[0] == '-';
  digits = str_sub(digits, negative, digits.len);
  if (f->type == 'X')
    digits = str_upper(eval_arena(ev), digits);
  char prefix[3] = {'0', f->type, 0};
  return number(ev, f, negative, f->alt && binary ? str_c(prefix) : STR(""), digits, STR(""),
                binary ? 4 : 3);
}

// Digits of |v| as the type letter says; no type: repr, or with a precision like 'g' with ".0".
static Str float_digits(Eval *ev, double v, const Spec *f) {
  Arena *a = eval_arena(ev);
  char type = f->type == 'n' ? 'g' : f->type == '%' ? 'f' : f->type;
  if (!type && f->precision < 0) {
    Buf b = {.arena = a};
    val_print_float(&b, v);
    return buf_str(&b);
  }
  int precision = f->precision < 0 ? 6 : (int)f->precision;
  if (precision > 100000)
    eval_fail(ev, "precision too big");
  if (type) {
    char c[] = {'%', f->alt ? '#' : '.', f->alt ? '.' : '*', f->alt ? '*' : type, f->alt ? type : 0,
                0};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return str_fmt(a, c, precision, v);
#pragma GCC diagnostic pop
  }
  // Like 'g', but turning to an exponent one digit earlier, and with a digit behind the point.
  precision = precision ? precision : 1;
  Str e = str_fmt(a, "%.*e", precision - 1, v);
  int exp = v == 0 ? 0 : (int)strtol(e.ptr + str_rfind(e, STR("e")) + 1, NULL, 10);
  bool small = exp >= -4 && exp < precision - 1;
  Str s = str_fmt(a, "%.*g", precision, v);
  if (small)
    return str_find(s, STR("."), 0) < 0 ? str_cat(a, s, STR(".0")) : s;
  if (str_find(s, STR("e"), 0) >= 0)
    return s;
  ptrdiff_t at = str_rfind(e, STR("e"));
  size_t cut = (size_t)at;
  if (str_find(e, STR("."), 0) >= 0) {
    while (e.ptr[cut - 1] == '0')
      cut--;
    cut -= e.ptr[cut - 1] == '.';
  }
  return str_cat(a, str_sub(e, 0, cut), str_sub(e, (size_t)at, e.len));
}

static Str format_float(Eval *ev, double v, const Spec *f, const char *type) {
  if (f->type && !strchr("eEfFgGn%", f->type))
    bad_code(ev, f->type, type);
  if (f->group && f->type == 'n')
    eval_fail(ev, "Cannot specify '%c' with 'n'.", f->group);
  bool upper = f->type == 'E' || f->type == 'F' || f->type == 'G';
  if (f->type == '%')
    v *= 100;
  bool negative = signbit(v) && !isnan(v);
  Str percent = f->type == '%' ? STR("%") : STR("");
  if (!isfinite(v))
    return number(ev, f, negative, STR(""),
                  isnan(v) ? (upper ? STR("NAN") : STR("nan"))
                  : upper  ? STR("INF")
                           : STR("inf"),
                  percent, 3);
  Str s = float_digits(ev, fabs(v), f);
  if (negative && f->no_minus_zero)
    negative = strcspn(str_cstr(eval_arena(ev), s), "123456789") < s.len &&
               s.ptr[strcspn(str_cstr(eval_arena(ev), s), "123456789e")] != 'e';
  size_t whole = 0;
  while (whole < s.len && s.ptr[whole] >= '0' && s.ptr[whole] <= '9')
    whole++;
  return number(ev, f, negative, STR(""), str_sub(s, 0, whole),
                str_cat(eval_arena(ev), str_sub(s, whole, s.len), percent), 3);
}

Str format_digits(Eval *ev, bool negative, Str text, Str spec) {
  Spec f = parse_spec(ev, spec, "decimal.Decimal");
  if (f.type)
    bad_code(ev, f.type, "decimal.Decimal");
  size_t whole = strspn(str_cstr(eval_arena(ev), text), "0123456789");
  return number(ev, &f, negative, STR(""), str_sub(text, 0, whole), str_sub(text, whole, text.len),
                3);
}

// An object's own way: dates by strftime, Decimal by its digits.
static Str format_object(Eval *ev, Value v, Str spec) {
  Value fn, arg = val_str(spec);
  const char *name = val_is_type(v, &decimal_type) ? "__format__" : "strftime";
  if (v.kind == VAL_OBJECT && v.obj->type->attr && v.obj->type->attr(ev, v.obj, str_c(name), &fn))
    return to_str(ev, eval_call(ev, fn, &(Args){.pos = &arg, .npos = 1}));
  eval_fail(ev, "unsupported format string passed to %s.__format__", val_type_name(v));
}

Str format_value(Eval *ev, Value v, Str spec) {
  if (!spec.len)
    return to_str(ev, v);
  if (!val_is_number(v) && v.kind != VAL_STR)
    return format_object(ev, v, spec);
  Spec f = parse_spec(ev, spec, val_type_name(v));
  if (v.kind == VAL_STR)
    return format_text(ev, val_text(v), &f, "str");
  return v.kind == VAL_FLOAT ? format_float(ev, v.f, &f, "float") : format_int(ev, v, &f);
}

// --- str.format
typedef struct Formatter {
  Eval *ev;
  const Args *args;
  Value map;    // format_map's mapping, or none
  int64_t next; // of automatic numbering; -1: fields are numbered by hand
  bool escape;  // the format is Markup
} Formatter;

typedef struct Field {
  Str name, spec;
  char conversion; // 0: none
} Field;

// Reads a field from behind its "{" and moves *at behind its "}".
static Field read_field(Eval *ev, Str s, size_t *at) {
  Field f = {0};
  size_t i = *at;
  bool bracket = false;
  for (; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '{')
      eval_fail(ev, "unexpected '{' in field name");
    if (c == '[')
      bracket = true;
    else if (c == ']')
      bracket = false;
    else if (!bracket && (c == '}' || c == ':' || c == '!'))
      break;
  }
  f.name = str_sub(s, *at, i);
  if (i >= s.len)
    eval_fail(ev, "expected '}' before end of string");
  if (s.ptr[i] == '!') {
    if (i + 1 >= s.len)
      eval_fail(ev, "end of string while looking for conversion specifier");
    f.conversion = s.ptr[++i];
    i++;
    if (i >= s.len)
      eval_fail(ev, "unmatched '{' in format spec");
    if (s.ptr[i] != ':' && s.ptr[i] != '}')
      eval_fail(ev, "expected ':' after conversion specifier");
  }
  size_t from = i + (s.ptr[i] == ':');
  int depth = 1;
  for (i = from; i < s.len; i++) {
    depth += s.ptr[i] == '{';
    depth -= s.ptr[i] == '}';
    if (!depth)
      break;
  }
  if (i >= s.len)
    eval_fail(ev, "unmatched '{' in format spec");
  f.spec = str_sub(s, from, i);
  *at = i + 1;
  return f;
}

static Value number_or_text(Eval *ev, Str s) {
  Value v;
  return str_all_digits(s) && bigint_parse(eval_arena(ev), s, 10, &v) ? v : val_str(s);
}

static Value first_value(Formatter *f, Str first) {
  Eval *ev = f->ev;
  if (str_all_digits(first)) {
    Value i = number_or_text(ev, first);
    if (f->map.kind != VAL_NONE || i.kind != VAL_INT || (size_t)i.i >= f->args->npos)
      eval_fail(ev, "Replacement index %.*s out of range for positional args tuple",
                STR_ARG(first));
    return f->args->pos[i.i];
  }
  if (f->map.kind == VAL_DICT) {
    Value *v = dict_gets(f->map.dict, first);
    if (v)
      return *v;
  } else if (f->map.kind != VAL_NONE) {
    Value v = ops_item(ev, f->map, val_str(first));
    if (v.kind != VAL_UNDEF)
      return v;
  }
  for (size_t i = 0; i < f->args->nkw; i++)
    if (str_eq(f->args->kw[i].name, first))
      return f->args->kw[i].value;
  eval_fail(ev, "KeyError: '%.*s'", STR_ARG(first));
}

static size_t name_end(Str s, size_t at) {
  while (at < s.len && s.ptr[at] != '.' && s.ptr[at] != '[')
    at++;
  return at;
}

// "a.b[c]" against the arguments.
static Value field_value(Formatter *f, Str name) {
  Eval *ev = f->ev;
  size_t at = name_end(name, 0);
  Value v = first_value(f, str_sub(name, 0, at));
  while (at < name.len) {
    if (name.ptr[at] == '.') {
      size_t end = name_end(name, at + 1);
      Str part = str_sub(name, at + 1, end);
      if (!part.len)
        eval_fail(ev, "Empty attribute in format string");
      v = ops_attr(ev, v, part);
      at = end;
      continue;
    }
    ptrdiff_t end = str_find(name, STR("]"), at);
    if (end < 0)
      eval_fail(ev, "Missing ']' in format string");
    Str part = str_sub(name, at + 1, (size_t)end);
    if (!part.len)
      eval_fail(ev, "Empty attribute in format string");
    at = (size_t)end + 1;
    if (at < name.len && name.ptr[at] != '.' && name.ptr[at] != '[')
      eval_fail(ev, "Only '.' or '[' may follow ']' in format field specifier");
    v = ops_item(ev, v, number_or_text(ev, part));
  }
  return v;
}

static Str auto_name(Formatter *f, Str name) {
  if (!name.len) {
    if (f->next < 0)
      eval_fail(f->ev,
                "cannot switch from manual field specification to automatic field numbering");
    return str_fmt(eval_arena(f->ev), "%lld", (long long)f->next++);
  }
  if (str_all_digits(name)) {
    if (f->next > 0)
      eval_fail(f->ev,
                "cannot switch from manual field specification to automatic field numbering");
    f->next = -1;
  }
  return name;
}

static void ascii_repr(Buf *out, Str s) {
  for (size_t at = 0; at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    if (c < 128)
      buf_addc(out, (char)c);
    else
      buf_addf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
  }
}

static Value convert(Eval *ev, Value v, char how) {
  Buf b = {.arena = eval_arena(ev)}, ascii = {.arena = eval_arena(ev)};
  switch (how) {
  case 0:
    return v;
  case 's':
    return val_str(to_str(ev, v));
  case 'r':
    val_repr(&b, v);
    return str_value(&b, 0);
  case 'a':
    val_repr(&b, v);
    ascii_repr(&ascii, buf_str(&b));
    return str_value(&ascii, 0);
  default:
    eval_fail(ev, "Unknown conversion specifier '%c'", how);
  }
}

static Str expand(Formatter *f, Str s, int depth) {
  Eval *ev = f->ev;
  Buf b = {.arena = eval_arena(ev)};
  if (depth < 0)
    eval_fail(ev, "Max string recursion exceeded");
  for (size_t at = 0; at < s.len;) {
    char c = s.ptr[at];
    if (c != '{' && c != '}') {
      size_t from = at;
      while (at < s.len && s.ptr[at] != '{' && s.ptr[at] != '}')
        at++;
      buf_add(&b, str_sub(s, from, at));
      continue;
    }
    if (at + 1 < s.len && s.ptr[at + 1] == c) {
      buf_addc(&b, c);
      at += 2;
      continue;
    }
    if (c == '}' || at + 1 >= s.len)
      eval_fail(ev, "Single '%c' encountered in format string", c);
    at++;
    Field field = read_field(ev, s, &at);
    Value v = convert(ev, field_value(f, auto_name(f, field.name)), field.conversion);
    eval_step(ev, 1);
    Str spec = expand(f, field.spec, depth - 1), text = format_value(ev, v, spec);
    if (f->escape && !(v.kind == VAL_STR && (v.flags & VAL_SAFE)))
      buf_add_spelled(&b, text, spelled_html);
    else
      buf_add(&b, text);
  }
  return buf_str(&b);
}

Value str_format(Eval *ev, Value fmt, const Args *args, Value map) {
  Formatter f = {.ev = ev, .args = args, .map = map, .escape = fmt.flags & VAL_SAFE};
  Value v = val_str(expand(&f, val_text(fmt), 2));
  v.flags = fmt.flags & VAL_SAFE;
  return v;
}
