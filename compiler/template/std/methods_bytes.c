// bytes: what str.encode() gives. In: texts, encodings. Out: values that print, compare, slice and
// decode as Python's. Their methods are those of str, on a text that has a character for each byte.
#include "../ops_access.h"
#include "std.h"
#include "std_text.h"

typedef struct Bytes {
  Object object;
  Str s;
} Bytes;

static Str bytes_of(const Object *o) { return ((const Bytes *)o)->s; }
static bool is_bytes(Value v) { return val_is_type(v, &bytes_type); }

static Value bytes_new(Arena *a, Str s) {
  Bytes *b = arena_new(a, Bytes);
  *b = (Bytes){{&bytes_type}, s};
  return val_obj(b);
}

// --- encodings
typedef enum Encoding { UTF8, ASCII, LATIN1, CP1252, UTF16, UTF16LE, UTF16BE } Encoding;
static const struct {
  const char *name;
  Encoding encoding;
} encodings[] = {
    {"utf-8",        UTF8   },
    {"utf8",         UTF8   },
    {"u8",           UTF8   },
    {"ascii",        ASCII  },
    {"us-ascii",     ASCII  },
    {"latin-1",      LATIN1 },
    {"latin1",       LATIN1 },
    {"l1",           LATIN1 },
    {"iso-8859-1",   LATIN1 },
    {"iso8859-1",    LATIN1 },
    {"cp1252",       CP1252 },
    {"windows-1252", CP1252 },
    {"utf-16",       UTF16  },
    {"utf16",        UTF16  },
    {"utf-16-le",    UTF16LE},
    {"utf-16-be",    UTF16BE}
};
// What cp1252 has at 0x80..0x9f; 0: nothing.
static const uint16_t cp1252[] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                  0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                  0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                  0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

typedef struct Codec {
  Encoding encoding;
  Str name, errors;
} Codec;

// v: encoding and errors.
static Codec codec_of(Eval *ev, const char *fname, const Value *v) {
  Arena *a = eval_arena(ev);
  Str name = str_lower(a, need_str(ev, fname, v[0]));
  char *text = str_cstr(a, name);
  for (char *c = text; *c; c++)
    *c = *c == '_' || *c == ' ' ? '-' : *c;
  for (size_t i = 0; i < COUNT(encodings); i++)
    if (!strcmp(text, encodings[i].name))
      return (Codec){encodings[i].encoding, str_c(text), need_str(ev, fname, v[1])};
  eval_fail_hint(ev, CODE_WRONG_ARGUMENT, STR("known are utf-8, ascii, latin-1, cp1252, utf-16"),
                 "unknown encoding: %s", text);
}

// --- text to bytes
static bool one_byte(Encoding e, uint32_t cp, uint8_t *out) {
  *out = (uint8_t)cp;
  if (cp < 0x80)
    return true;
  if (e == ASCII)
    return false;
  if (e == LATIN1 || (cp >= 0xa0 && cp < 0x100))
    return cp < 0x100;
  for (size_t i = 0; i < COUNT(cp1252); i++)
    if (cp1252[i] == cp) {
      *out = (uint8_t)(0x80 + i);
      return true;
    }
  return false;
}

static void add_utf16(Buf *out, uint32_t unit, bool big) {
  buf_addc(out, (char)(big ? unit >> 8 : unit & 0xff));
  buf_addc(out, (char)(big ? unit & 0xff : unit >> 8));
}

// What stands for a character that the encoding does not have.
static void add_lost(Eval *ev, Buf *out, const Codec *c, uint32_t cp, size_t at) {
  if (str_is(c->errors, "replace"))
    buf_addc(out, '?');
  else if (str_is(c->errors, "xmlcharrefreplace"))
    buf_addf(out, "&#%u;", cp);
  else if (str_is(c->errors, "backslashreplace"))
    buf_addf(out, cp < 0x100 ? "\\x%02x" : cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
  else if (!str_is(c->errors, "ignore"))
    eval_fail(ev, "'%.*s' codec can't encode character U+%04X in position %zu", STR_ARG(c->name),
              cp, at);
}

Value bytes_encode(Eval *ev, const Value *v) {
  Codec c = codec_of(ev, "encode", v + 1);
  Str s = val_text(v[0]);
  if (c.encoding == UTF8)
    return bytes_new(eval_arena(ev), s);
  Buf out = {.arena = eval_arena(ev)};
  if (c.encoding == UTF16)
    add_utf16(&out, 0xfeff, false);
  bool wide = c.encoding >= UTF16, big = c.encoding == UTF16BE;
  eval_step(ev, s.len / 16);
  for (size_t at = 0, i = 0; at < s.len; i++) {
    uint32_t cp = utf8_next(s, &at);
    uint8_t byte;
    if (wide && cp >= 0x10000)
      add_utf16(&out, 0xd7c0 + (cp >> 10), big);
    if (wide)
      add_utf16(&out, cp >= 0x10000 ? 0xdc00 + (cp & 0x3ff) : cp, big);
    else if (one_byte(c.encoding, cp, &byte))
      buf_addc(&out, (char)byte);
    else
      add_lost(ev, &out, &c, cp, i);
  }
  return bytes_new(eval_arena(ev), buf_str(&out));
}

// --- bytes to text
// The character at *at of a text in UTF-8. False: the bytes up to *at are none.
static bool utf8_good(Str s, size_t *at, uint32_t *cp) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t first = (uint8_t)s.ptr[(*at)++];
  size_t n = first < 0x80   ? 1
             : first < 0xc2 ? 0
             : first < 0xe0 ? 2
             : first < 0xf0 ? 3
             : first < 0xf5 ? 4
                            : 0;
  *cp = n < 2 ? first : first & (0xffu >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    uint8_t c = *at < s.len ? (uint8_t)s.ptr[*at] : 0;
    uint32_t next = *cp << 6 | (c & 0x3f);
    // A second byte that no character goes on with ends the bad part before it.
    bool cut = i == 1 && n > 2 &&
               (next << (6 * (n - 2)) < least[n] || (n == 3 && next >> 5 == 0x1b) ||
                (n == 4 && next > 0x10f));
    if ((c & 0xc0) != 0x80 || cut)
      return false;
    *cp = next;
    ++*at;
  }
  return n > 0;
}

static bool utf16_good(Str s, size_t *at, bool big, uint32_t *cp) {
  uint32_t units[2] = {0, 0};
  for (size_t i = 0; i < 2; i++) {
    if (*at + 2 > s.len) {
      *at = s.len;
      return false;
    }
    uint8_t x = (uint8_t)s.ptr[*at], y = (uint8_t)s.ptr[*at + 1];
    units[i] = big ? (uint32_t)x << 8 | y : (uint32_t)y << 8 | x;
    *at += 2;
    if (i == 0 && (units[0] < 0xd800 || units[0] > 0xdfff)) {
      *cp = units[0];
      return true;
    }
  }
  *cp = 0x10000 + ((units[0] & 0x3ff) << 10) + (units[1] & 0x3ff);
  return units[0] < 0xdc00 && units[1] >= 0xdc00 && units[1] <= 0xdfff;
}

static bool next_character(const Codec *c, Str s, size_t *at, bool big, uint32_t *cp) {
  if (c->encoding == UTF8)
    return utf8_good(s, at, cp);
  if (c->encoding >= UTF16)
    return utf16_good(s, at, big, cp);
  *cp = (uint8_t)s.ptr[(*at)++];
  if (c->encoding == CP1252 && *cp >= 0x80 && *cp < 0xa0)
    *cp = cp1252[*cp - 0x80];
  return *cp < 0x80 || (c->encoding != ASCII && *cp);
}

static Value decode(Eval *ev, const Value *v) {
  Codec c = codec_of(ev, "decode", v + 1);
  Str s = bytes_of(v[0].obj);
  Buf out = {.arena = eval_arena(ev)};
  bool big = c.encoding == UTF16BE;
  if (c.encoding == UTF16 && s.len >= 2) {
    big = (uint8_t)s.ptr[0] == 0xfe && (uint8_t)s.ptr[1] == 0xff;
    bool mark = big || ((uint8_t)s.ptr[0] == 0xff && (uint8_t)s.ptr[1] == 0xfe);
    s = mark ? str_sub(s, 2, s.len) : s;
  }
  eval_step(ev, s.len / 16);
  for (size_t at = 0; at < s.len;) {
    size_t from = at;
    uint32_t cp;
    if (next_character(&c, s, &at, big, &cp))
      utf8_add(&out, cp);
    else if (str_is(c.errors, "replace"))
      utf8_add(&out, 0xfffd);
    else if (str_is(c.errors, "backslashreplace"))
      for (size_t i = from; i < at; i++)
        buf_addf(&out, "\\x%02x", (uint8_t)s.ptr[i]);
    else if (!str_is(c.errors, "ignore"))
      eval_fail(ev, "'%.*s' codec can't decode byte 0x%02x in position %zu", STR_ARG(c.name),
                (uint8_t)s.ptr[from], from);
  }
  return str_value(&out, 0);
}

// --- methods, on a text with a character for each byte: those past ASCII have no case, no class
enum { BEYOND = 0xe000 };

static Value as_text(Eval *ev, Value v) {
  Arena *a = eval_arena(ev);
  if (is_bytes(v)) {
    Str s = bytes_of(v.obj);
    Buf b = {.arena = a};
    for (size_t i = 0; i < s.len; i++)
      utf8_add(&b, (uint8_t)s.ptr[i] < 0x80 ? (uint8_t)s.ptr[i] : BEYOND + (uint8_t)s.ptr[i]);
    return str_value(&b, 0);
  }
  if (v.kind == VAL_STR)
    eval_fail(ev, "a bytes-like object is required, not 'str'");
  if (!val_is_seq(v))
    return v;
  Value list = v.kind == VAL_LIST ? val_list(a, v.list->n) : val_tuple(a, v.list->n);
  for (size_t i = 0; i < v.list->n; i++)
    list_push(a, list.list, as_text(ev, v.list->items[i]));
  return list;
}

static Value as_bytes(Arena *a, Value v) {
  if (v.kind == VAL_STR) {
    Str s = val_text(v);
    Buf b = {.arena = a};
    for (size_t at = 0; at < s.len;)
      buf_addc(&b, (char)(utf8_next(s, &at) & 0xff));
    return bytes_new(a, buf_str(&b));
  }
  if (!val_is_seq(v))
    return v;
  Value list = v.kind == VAL_LIST ? val_list(a, v.list->n) : val_tuple(a, v.list->n);
  for (size_t i = 0; i < v.list->n; i++)
    list_push(a, list.list, as_bytes(a, v.list->items[i]));
  return list;
}

// A method of str, called on the bytes as text.
typedef struct TextMethod {
  Object object;
  const Native *method;
  Value bytes;
} TextMethod;

static Value text_call(Eval *ev, Object *o, const Args *args) {
  const TextMethod *m = (const TextMethod *)o;
  Arena *a = eval_arena(ev);
  Value *pos = arena_array(a, Value, args->npos + 1);
  for (size_t i = 0; i < args->npos; i++)
    pos[i] = as_text(ev, args->pos[i]);
  Kwarg *kw = arena_array(a, Kwarg, args->nkw + 1);
  for (size_t i = 0; i < args->nkw; i++)
    kw[i] = (Kwarg){args->kw[i].name, as_text(ev, args->kw[i].value)};
  Func f = {.native = m->method, .of = "bytes", .self = as_text(ev, m->bytes)};
  return as_bytes(a, native_call(ev, &f, &(Args){pos, args->npos, kw, args->nkw}));
}
static void text_repr(const Object *o, Buf *out) {
  buf_addf(out, "<function %s>", ((const TextMethod *)o)->method->name);
}
static const ObjectType text_type = {.name = "function", .call = text_call, .repr = text_repr};

static Value hex(Eval *ev, const Value *v) {
  Str s = bytes_of(v[0].obj);
  Buf b = {.arena = eval_arena(ev)};
  for (size_t i = 0; i < s.len; i++)
    buf_addf(&b, "%02x", (uint8_t)s.ptr[i]);
  return str_value(&b, 0);
}

// clang-format off
const Native bytes_methods[] = {
    {"decode", decode, "self, encoding='utf-8', errors='strict'", "the text that they encode"},
    {"hex",    hex,    "self",                                    "two hexadecimal digits for each"},
    {0},
};
// clang-format on

static bool bytes_attr(Eval *ev, Object *o, Str name, Value *out) {
  static const char *const of_text[] = {
      "capitalize", "center",     "count",        "endswith",     "expandtabs", "find",
      "index",      "isalnum",    "isalpha",      "isascii",      "isdigit",    "islower",
      "isspace",    "istitle",    "isupper",      "join",         "ljust",      "lower",
      "lstrip",     "partition",  "removeprefix", "removesuffix", "replace",    "rfind",
      "rindex",     "rjust",      "rpartition",   "rsplit",       "rstrip",     "split",
      "splitlines", "startswith", "strip",        "swapcase",     "title",      "upper",
      "zfill"};
  Arena *a = eval_arena(ev);
  if (native_find(a, bytes_methods, "bytes", name, val_obj(o), out))
    return true;
  for (size_t i = 0; i < COUNT(of_text); i++)
    if (str_eq(name, str_c(of_text[i]))) {
      TextMethod *m = arena_new(a, TextMethod);
      *m = (TextMethod){{&text_type}, native_in(str_methods, name), val_obj(o)};
      *out = val_obj(m);
      return true;
    }
  return false;
}

// --- as a sequence of numbers
static bool bytes_item(Eval *ev, Object *o, Value key, Value *out) {
  Str s = bytes_of(o);
  (void)ev;
  if (key.kind != VAL_INT && key.kind != VAL_BOOL)
    return false;
  int64_t i = key.kind == VAL_BOOL ? key.b : key.i, n = (int64_t)s.len;
  i += i < 0 ? n : 0;
  if (i < 0 || i >= n)
    return false;
  *out = val_int((uint8_t)s.ptr[i]);
  return true;
}

static bool bytes_iter(Eval *ev, Object *o, Iter *it) {
  Str s = bytes_of(o);
  Value all = val_tuple(eval_arena(ev), s.len);
  for (size_t i = 0; i < s.len; i++)
    list_push(eval_arena(ev), all.list, val_int((uint8_t)s.ptr[i]));
  ops_iter(ev, all, it);
  return true;
}

static Value bytes_slice(Arena *a, Value items) {
  Buf b = {.arena = a};
  for (size_t i = 0; i < items.list->n; i++)
    buf_addc(&b, (char)items.list->items[i].i);
  return bytes_new(a, buf_str(&b));
}

static int64_t bytes_len(const Object *o) { return (int64_t)bytes_of(o).len; }
static bool bytes_eq(const Object *o, Value other) {
  return is_bytes(other) && str_eq(bytes_of(o), bytes_of(other.obj));
}
static uint64_t bytes_hash(const Object *o) {
  uint64_t h = 0;
  val_hash(val_str(bytes_of(o)), &h);
  return h;
}

static bool bytes_contains(Eval *ev, Object *o, Value v) {
  char byte;
  Str needle;
  if (is_bytes(v)) {
    needle = bytes_of(v.obj);
  } else {
    byte = (char)need_int(ev, v, 0, 255, "byte");
    needle = str_n(&byte, 1);
  }
  return str_find(bytes_of(o), needle, 0) >= 0;
}

static bool bytes_binary(Eval *ev, const char *op, Value l, Value r, Value *out) {
  Arena *a = eval_arena(ev);
  if (op[0] == '*' && !op[1]) {
    Value n = is_bytes(l) ? r : l, text = as_text(ev, is_bytes(l) ? l : r);
    *out = as_bytes(a, ops_binary(ev, OP_MUL, text, n));
    return true;
  }
  if (!is_bytes(l) || !is_bytes(r))
    return false;
  Str x = bytes_of(l.obj), y = bytes_of(r.obj);
  int c = str_cmp(x, y);
  if (op[0] == '+')
    *out = bytes_new(a, str_cat(a, x, y));
  else if (op[0] == '<' || op[0] == '>')
    *out = val_bool(op[0] == '<' ? c < 0 || (!c && op[1]) : c > 0 || (!c && op[1]));
  else
    return false;
  return true;
}

// b'a\n\xc3', in double quotes when there is a single one and no double one in it.
static void bytes_repr(const Object *o, Buf *out) {
  Str s = bytes_of(o);
  char quote = str_find(s, STR("'"), 0) >= 0 && str_find(s, STR("\""), 0) < 0 ? '"' : '\'';
  buf_addf(out, "b%c", quote);
  for (size_t i = 0; i < s.len; i++) {
    uint8_t c = (uint8_t)s.ptr[i];
    if (c == '\n' || c == '\t' || c == '\r')
      buf_addf(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
    else if (c == '\\')
      buf_adds(out, "\\\\");
    else if (c == (uint8_t)quote)
      buf_addf(out, "\\%c", c);
    else if (c < 32 || c > 126)
      buf_addf(out, "\\x%02x", c);
    else
      buf_addc(out, (char)c);
  }
  buf_addc(out, quote);
}

const ObjectType bytes_type = {.name = "bytes",
                               .attr = bytes_attr,
                               .item = bytes_item,
                               .iter = bytes_iter,
                               .slice = bytes_slice,
                               .len = bytes_len,
                               .eq = bytes_eq,
                               .hash = bytes_hash,
                               .contains = bytes_contains,
                               .binary = bytes_binary,
                               .repr = bytes_repr};
