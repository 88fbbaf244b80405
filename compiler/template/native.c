// Native rendering: the parts of a result -> one value, with the marks that as_text, as_native,
// as_bool and as_number put on texts. Reads Python literals (ast.literal_eval).
#include "native.h"
#include "../base/utf8.h"
#include "../value/bigint.h"
#include "interp.h"

#include <stdlib.h>

// --- literals
enum { NESTING = 200 };

typedef struct Reader {
  Arena *arena;
  Str s;
  size_t at;
  unsigned depth;
} Reader;

static int peek(const Reader *r) { return r->at < r->s.len ? (unsigned char)r->s.ptr[r->at] : -1; }

static void skip_space(Reader *r) {
  while (peek(r) == ' ' || (peek(r) >= 9 && peek(r) <= 13))
    r->at++;
}

static bool take(Reader *r, Str word) {
  if (!str_starts(str_sub(r->s, r->at, r->s.len), word))
    return false;
  r->at += word.len;
  return true;
}

static bool is_name(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c >= 128;
}

static bool word(Reader *r, Str w) {
  size_t was = r->at;
  if (take(r, w) && !is_name(peek(r)))
    return true;
  r->at = was;
  return false;
}

static bool value(Reader *r, Value *out);

// Items up to `close`; pairs of a dict are put one behind the other.
static bool items(Reader *r, char close, List *into, bool *dict, bool *comma) {
  *dict = *comma = false;
  for (skip_space(r); peek(r) != close; skip_space(r)) {
    Value v;
    if ((into->n && !*comma) || !value(r, &v))
      return false;
    list_push(r->arena, into, v);
    skip_space(r);
    if (close == '}' && (*dict || into->n == 1) && peek(r) == ':') {
      r->at++;
      skip_space(r);
      if (!value(r, &v))
        return false;
      list_push(r->arena, into, v);
      *dict = true;
      skip_space(r);
    } else if (*dict) {
      return false;
    }
    *comma = peek(r) == ',';
    r->at += *comma;
  }
  r->at++;
  return true;
}

static bool brace(Reader *r, const List *l, bool dict, Value *out) {
  *out = dict || !l->n ? val_dict(r->arena) : val_set(r->arena);
  for (size_t i = 0; i < l->n; i += dict ? 2 : 1) {
    uint64_t h;
    if (!val_hash(l->items[i], &h))
      return false;
    dict_set(r->arena, out->dict, l->items[i], dict ? l->items[i + 1] : val_none());
  }
  return true;
}

static bool bracket(Reader *r, Value *out) {
  char open = r->s.ptr[r->at++];
  Value l = open == '(' ? val_tuple(r->arena, 4) : val_list(r->arena, 4);
  bool dict, comma;
  if (!items(r, open == '(' ? ')' : open == '[' ? ']' : '}', l.list, &dict, &comma))
    return false;
  if (open == '{')
    return brace(r, l.list, dict, out);
  *out = open == '(' && l.list->n == 1 && !comma ? l.list->items[0] : l;
  return true;
}

static bool hex_escape(Reader *r, Buf *b, size_t n) {
  uint32_t cp = 0;
  for (size_t i = 0; i < n; i++, r->at++) {
    int c = peek(r);
    int d = c >= '0' && c <= '9'                 ? c - '0'
            : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                 : -1;
    if (d < 0)
      return false;
    cp = cp * 16 + (uint32_t)d;
  }
  if (cp > 0x10ffff)
    return false;
  utf8_add(b, cp);
  return true;
}

static bool escape(Reader *r, Buf *b) {
  static const char plain[] = "a\ab\bf\fn\nr\rt\tv\v\\\\''\"\"";
  int c = peek(r);
  r->at++;
  if (c == '\n')
    return true;
  if (c == 'x' || c == 'u' || c == 'U')
    return hex_escape(r, b, c == 'x' ? 2 : c == 'u' ? 4 : 8);
  for (size_t i = 0; i + 1 < sizeof plain; i += 2)
    if (plain[i] == c) {
      buf_addc(b, plain[i + 1]);
      return true;
    }
  if (c < '0' || c > '7') {
    buf_addc(b, '\\');
    if (c >= 0)
      buf_addc(b, (char)c);
    return c >= 0;
  }
  uint32_t cp = (uint32_t)(c - '0');
  for (int i = 0; i < 2 && peek(r) >= '0' && peek(r) <= '7'; i++, r->at++)
    cp = cp * 8 + (uint32_t)(peek(r) - '0');
  utf8_add(b, cp);
  return true;
}

static bool quoted(Reader *r, Buf *b, bool raw) {
  char q = r->s.ptr[r->at];
  Str three = str_sub(r->s, r->at, r->at + 3);
  bool longer = three.len == 3 && three.ptr[1] == q && three.ptr[2] == q;
  r->at += longer ? 3 : 1;
  for (;;) {
    int c = peek(r);
    if (c < 0 || (c == '\n' && !longer))
      return false;
    if (c == q && (!longer || str_starts(str_sub(r->s, r->at, r->s.len), three))) {
      r->at += longer ? 3 : 1;
      return true;
    }
    r->at++;
    if (c == '\\' && !raw) {
      if (!escape(r, b))
        return false;
    } else {
      buf_addc(b, (char)c);
      if (c == '\\' && peek(r) >= 0)
        buf_addc(b, r->s.ptr[r->at++]);
    }
  }
}

// One or more string literals side by side. False when there is none, or it does not end.
static bool text(Reader *r, Value *out, bool *there) {
  Buf b = {.arena = r->arena};
  for (*there = false;; skip_space(r)) {
    size_t was = r->at;
    bool raw = (peek(r) | 32) == 'r';
    r->at += raw || (peek(r) | 32) == 'u';
    if (peek(r) != '\'' && peek(r) != '"') {
      r->at = was;
      break;
    }
    *there = true;
    if (!quoted(r, &b, raw))
      return false;
  }
  *out = val_str(buf_str(&b));
  return *there;
}

static bool number(Reader *r, Value *out) {
  bool negative = false;
  while (peek(r) == '-' || peek(r) == '+') {
    negative ^= peek(r) == '-';
    r->at++;
    skip_space(r);
  }
  Buf b = {.arena = r->arena};
  if (negative)
    buf_addc(&b, '-');
  size_t from = r->at;
  bool real = false, hex = false;
  for (int c; (c = peek(r)) >= 0; r->at++) {
    hex = hex || (r->at == from + 1 && (c == 'x' || c == 'X') && r->s.ptr[from] == '0');
    bool exponent = !hex && (c == 'e' || c == 'E');
    bool sign = (c == '-' || c == '+') && r->at > from && (r->s.ptr[r->at - 1] | 32) == 'e' && !hex;
    if (!is_name(c) && c != '.' && !sign)
      break;
    real = real || c == '.' || exponent;
    buf_addc(&b, (char)c);
  }
  Str s = buf_str(&b), digits = str_sub(s, negative, s.len);
  if (!digits.len || ((digits.ptr[0] < '0' || digits.ptr[0] > '9') && digits.ptr[0] != '.'))
    return false;
  if (real) {
    char *end, *c = str_cstr(r->arena, s);
    *out = val_float(strtod(c, &end));
    return *end == 0 && end > c;
  }
  static const struct {
    const char *prefix;
    int base;
  } bases[] = {
      {"0x", 16},
      {"0o", 8 },
      {"0b", 2 }
  };
  for (size_t i = 0; i < 3; i++)
    if (str_eq_nocase(str_sub(digits, 0, 2), str_c(bases[i].prefix)))
      return bigint_parse(
          r->arena,
          str_cat(r->arena, negative ? STR("-") : STR(""), str_sub(digits, 2, digits.len)),
          bases[i].base, out);
  for (size_t i = 1; digits.ptr[0] == '0' && i < digits.len; i++)
    if (digits.ptr[i] != '0')
      return false; // 007
  Buf plain = {.arena = r->arena};
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != '_')
      buf_addc(&plain, s.ptr[i]);
  return bigint_parse(r->arena, buf_str(&plain), 10, out);
}

static bool value(Reader *r, Value *out) {
  static const struct {
    Str name;
    ValueKind kind;
    bool b;
  } words[] = {
      {STR_INIT("None"),  VAL_NONE, false},
      {STR_INIT("True"),  VAL_BOOL, true },
      {STR_INIT("False"), VAL_BOOL, false}
  };
  for (size_t i = 0; i < COUNT(words); i++)
    if (word(r, words[i].name)) {
      *out = words[i].kind == VAL_NONE ? val_none() : val_bool(words[i].b);
      return true;
    }
  if (take(r, STR("set()"))) {
    *out = val_set(r->arena);
    return true;
  }
  bool there, ended = text(r, out, &there);
  if (there)
    return ended;
  int c = peek(r);
  if (c != '(' && c != '[' && c != '{')
    return number(r, out);
  if (++r->depth > NESTING)
    return false;
  bool ok = bracket(r, out);
  r->depth--;
  return ok;
}

bool native_literal(Arena *a, Str source, Value *out) {
  Reader r = {.arena = a, .s = source};
  skip_space(&r);
  Value first;
  if (!value(&r, &first))
    return false;
  skip_space(&r);
  *out = first;
  if (peek(&r) != ',')
    return r.at == source.len;
  // A tuple without brackets.
  *out = val_tuple(a, 4);
  list_push(a, out->list, first);
  while (peek(&r) == ',') {
    r.at++;
    skip_space(&r);
    if (r.at == source.len)
      return true;
    if (!value(&r, &first))
      return false;
    list_push(a, out->list, first);
    skip_space(&r);
  }
  return r.at == source.len;
}

// --- results
static Value marked(Eval *ev, Value v) {
  Value plain = val_str(val_text(v)), read = plain;
  if (v.flags & VAL_AS_TEXT)
    return plain;
  if (!native_literal(ev->arena, val_text(v), &read))
    read = plain;
  bool number = read.kind == VAL_INT || read.kind == VAL_BIGINT || read.kind == VAL_FLOAT;
  if ((v.flags & VAL_AS_BOOL) && read.kind != VAL_BOOL)
    eval_fail(ev, "Could not convert value '%.*s' into type 'bool'", STR_ARG(val_text(v)));
  if ((v.flags & VAL_AS_NUMBER) && !number)
    eval_fail(ev, "Could not convert value '%.*s' into type 'number'", STR_ARG(val_text(v)));
  return read;
}

Value native_result(Eval *ev, const List *parts) {
  if (!parts || !parts->n)
    return val_lit("");
  Value first = parts->items[0];
  if (parts->n == 1)
    return first.kind == VAL_STR && (first.flags & VAL_MARKED) ? marked(ev, first) : first;
  Buf b = {.arena = ev->arena};
  for (size_t i = 0; i < parts->n; i++)
    val_print(&b, parts->items[i]);
  return val_str(buf_str(&b));
}
