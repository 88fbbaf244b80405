// In: values, or a JSON text. Out: text as Python's json.dumps writes it, or Values with Python's
// idea of numbers. Leaves the atomic replacement of files to fs.
#include "json.h"
#include "../base/secret.h"
#include "../base/utf8.h"
#include "../base/work.h"
#include "bigint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FLUSH_AT = 64 << 10 };

// --- writing
void json_flush(Json *j) {
  if (!j->file || !j->out->len)
    return;
  if (!j->failed && fwrite(j->out->ptr, 1, j->out->len, j->file) != j->out->len)
    j->failed = true;
  j->out->len = 0;
}

static void new_line(Json *j) {
  buf_addc(j->out, '\n');
  for (int i = 0; i < j->depth * j->indent; i++)
    buf_addc(j->out, ' ');
}

static void comma(Json *j) {
  bool space = !j->compact && !j->indent;
  memcpy(buf_room(j->out, 2), ", ", 2);
  j->out->len += 1 + space;
}

// What stands before a key or a value: a comma unless it is the first, white space.
static void separate_item(Json *j) {
  if (!j->depth)
    return;
  if (!j->first[j->depth])
    comma(j);
  j->first[j->depth] = false;
  if (j->indent)
    new_line(j);
  if (j->out->len > FLUSH_AT)
    json_flush(j);
}

static inline void separate(Json *j) {
  if (j->key_open)
    j->key_open = false;
  else
    separate_item(j);
}

static void open_nest(Json *j, char c) {
  separate(j);
  buf_addc(j->out, c);
  if (j->depth <= JSON_DEPTH)
    j->depth++;
  j->first[j->depth] = true;
}

static void close_nest(Json *j, char c) {
  bool empty = j->first[j->depth];
  j->depth--;
  if (j->indent && !empty)
    new_line(j);
  buf_addc(j->out, c);
  if (!j->depth)
    json_flush(j);
}

void json_open_object(Json *j) { open_nest(j, '{'); }
void json_close_object(Json *j) { close_nest(j, '}'); }
void json_open_array(Json *j) { open_nest(j, '['); }
void json_close_array(Json *j) { close_nest(j, ']'); }

static const char *short_escape(uint32_t c) {
  switch (c) {
  case '"':
    return "\\\"";
  case '\\':
    return "\\\\";
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
    return "\\t";
  case '\b':
    return "\\b";
  case '\f':
    return "\\f";
  default:
    return NULL;
  }
}

static void add_code_point(const Json *j, uint32_t c) {
  Buf *out = j->out;
  const char *esc = short_escape(c);
  if (c >= 0xDC80 && c <= 0xDCFF)
    c = 0xFFFD; // a byte that is not UTF-8
  if (esc)
    buf_add(out, str_c(esc));
  else if (c >= 0x7F && j->raw_utf8)
    utf8_add(out, c);
  else if (c >= 0x10000)
    buf_addf(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
  else
    buf_addf(out, "\\u%04x", c);
}

static bool is_plain(unsigned char c) {
  static const uint32_t marked[8] = {
      0xFFFFFFFF, 1 << ('"' - 32), 1 << ('\\' - 64), 1u << (0x7F - 96), ~0u, ~0u, ~0u, ~0u};
  return !(marked[c / 32] >> c % 32 & 1);
}

// Eight bytes at once: whether all are plain. It may say no where they are, never yes where not.
static bool are_plain(const char *p) {
  const uint64_t ones = 0x0101010101010101, tops = ones * 0x80;
  uint64_t w;
  memcpy(&w, p, sizeof w);
  uint64_t quotes = w ^ ones * '"', slashes = w ^ ones * '\\', deletes = w ^ ones * 0x7F;
  uint64_t found = w | (w - ones * 0x20) | (quotes - ones) | (slashes - ones) | (deletes - ones);
  return !(found & tops);
}

static size_t plain_until(Str s, size_t at) {
  while (at + 8 <= s.len && are_plain(s.ptr + at))
    at += 8;
  while (at < s.len && is_plain((unsigned char)s.ptr[at]))
    at++;
  return at;
}

// A text of which the first `at` bytes are plain.
static void add_escaped(const Json *j, Str s, size_t at) {
  buf_addc(j->out, '"');
  buf_add(j->out, str_sub(s, 0, at));
  while (at < s.len) {
    add_code_point(j, utf8_next(s, &at));
    size_t from = at;
    at = plain_until(s, at);
    buf_add(j->out, str_sub(s, from, at));
  }
  buf_addc(j->out, '"');
}

static void add_quoted(const Json *j, Str s) {
  size_t at = plain_until(s, 0);
  if (at < s.len) {
    add_escaped(j, s, at);
    return;
  }
  char *to = buf_room(j->out, s.len + 2);
  *to = '"';
  if (s.len)
    memcpy(to + 1, s.ptr, s.len);
  to[s.len + 1] = '"';
  j->out->len += s.len + 2;
}

static void add_string(const Json *j, Str s) {
  if (!secret_any() || !(j->file || j->masked)) {
    add_quoted(j, s);
    return;
  }
  Arena scratch = {0};
  add_quoted(j, secret_mask(&scratch, s));
  if (scratch.chunk)
    arena_free(&scratch);
}

void json_key(Json *j, Str key) {
  separate(j);
  add_string(j, key);
  memcpy(buf_room(j->out, 2), ": ", 2);
  j->out->len += 2 - (size_t)j->compact;
  j->key_open = true;
}

void json_name(Json *j, Str key) {
  separate(j);
  char *p = buf_room(j->out, key.len + 4);
  *p++ = '"';
  memcpy(p, key.ptr, key.len);
  p += key.len;
  *p++ = '"';
  *p++ = ':';
  if (!j->compact)
    *p++ = ' ';
  j->out->len = (size_t)(p - j->out->ptr);
  j->key_open = true;
}

void json_members(Json *j, Str members) {
  if (!members.len)
    return;
  if (!j->first[j->depth])
    comma(j);
  j->first[j->depth] = false;
  if (!j->file) {
    buf_add(j->out, members);
    return;
  }
  json_flush(j); // members are many: they are not copied
  if (!j->failed && fwrite(members.ptr, 1, members.len, j->file) != members.len)
    j->failed = true;
}

void json_str(Json *j, Str s) {
  separate(j);
  add_string(j, s);
}

void json_int(Json *j, int64_t i) {
  separate(j);
  val_print(j->out, val_int(i));
}

void json_float(Json *j, double f) {
  separate(j);
  val_print_json_float(j->out, f);
}

static Str bool_text(bool b) { return b ? STR("true") : STR("false"); }

void json_bool(Json *j, bool b) {
  separate(j);
  buf_add(j->out, bool_text(b));
}

void json_null(Json *j) {
  separate(j);
  buf_adds(j->out, "null");
}

// Keys are text in JSON; Python's spelling of those that are not.
void json_value_key(Json *j, Value key) {
  if (key.kind == VAL_STR) {
    json_key(j, val_text(key));
    return;
  }
  Buf text = {0};
  if (key.kind == VAL_BOOL)
    buf_add(&text, bool_text(key.b));
  else if (key.kind == VAL_NONE)
    buf_adds(&text, "null");
  else if (key.kind == VAL_FLOAT)
    val_print_json_float(&text, key.f);
  else
    val_print(&text, key);
  json_key(j, buf_str(&text));
  buf_free(&text);
}

static void add_members(Json *j, const Dict *d) {
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));) {
    json_value_key(j, e->key);
    json_value(j, e->value);
  }
}

// Where the text of a dict is kept that may come again; NULL: it is written anew each time.
static JsonSeen *seen_of(Json *j, const Dict *d) {
  if (!j->remembers || !d->frozen || j->indent || j->file)
    return NULL;
  return &j->seen[((uintptr_t)d / sizeof *d) % JSON_SEEN];
}

static void value_dict(Json *j, const Dict *d) {
  JsonSeen *seen = seen_of(j, d);
  separate(j);
  size_t at = j->out->len;
  if (seen && seen->of == d) {
    buf_room(j->out, seen->len); // before the text is looked up in it
    buf_add(j->out, str_n(j->out->ptr + seen->at, seen->len));
    return;
  }
  j->key_open = true; // what stands before it is written
  json_open_object(j);
  add_members(j, d);
  json_close_object(j);
  if (seen)
    *seen = (JsonSeen){d, at, j->out->len - at};
}

static void value_list(Json *j, const List *l) {
  json_open_array(j);
  for (size_t i = 0; i < l->n; i++)
    json_value(j, l->items[i]);
  json_close_array(j);
}

static void value_set(Json *j, const Dict *d) {
  json_open_array(j);
  size_t at = 0;
  for (DictEntry *e; (e = dict_next(d, &at));)
    json_value(j, e->key);
  json_close_array(j);
}

static void value_text(Json *j, Value v) {
  Buf text = {0};
  val_print(&text, v);
  json_str(j, buf_str(&text));
  buf_free(&text);
}

void json_value(Json *j, Value v) {
  work_step();
  bool nests = val_is_seq(v) || v.kind == VAL_DICT || v.kind == VAL_SET;
  if (nests && j->depth >= JSON_DEPTH) {
    j->too_deep = true;
    json_null(j);
    return;
  }
  switch ((ValueKind)v.kind) {
  case VAL_NONE:
    json_null(j);
    break;
  case VAL_BOOL:
    json_bool(j, v.b);
    break;
  case VAL_INT:
    json_int(j, v.i);
    break;
  case VAL_BIGINT:
    separate(j);
    bigint_print(j->out, v, 10);
    break;
  case VAL_FLOAT:
    json_float(j, v.f);
    break;
  case VAL_STR:
    json_str(j, val_text(v));
    break;
  case VAL_LIST:
  case VAL_TUPLE:
    value_list(j, v.list);
    break;
  case VAL_DICT:
    value_dict(j, v.dict);
    break;
  case VAL_SET:
    value_set(j, v.dict);
    break;
  case VAL_UNDEF:
  case VAL_FUNC:
  case VAL_OBJECT:
    value_text(j, v);
    break;
  }
}

// --- reading: one recursive descent over the text; functions return false once an error is
// recorded, with `at` where it was.
typedef struct Reader {
  Arena *arena;
  const Source *src;
  Diags *diags;
  const char *p, *end;
  int depth;
} Reader;

static bool read_value(Reader *r, Value *out);

static bool wrong(const Reader *r, const char *at, size_t len, const char *what) {
  Span span = {(uint32_t)(at - r->src->text.ptr), (uint32_t)len};
  diag_at(r->diags, SEV_ERROR, CODE_JSON_SYNTAX, r->src, span, "not valid JSON: %s", what);
  return false;
}

static void skip_space(Reader *r) {
  while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
    r->p++;
}

static bool take(Reader *r, Str word) {
  if ((size_t)(r->end - r->p) < word.len || memcmp(r->p, word.ptr, word.len) != 0)
    return false;
  r->p += word.len;
  return true;
}

// Four hex digits behind "\u"; -1 when they are not there.
static int32_t hex4(const Reader *r, const char *p) {
  int32_t v = 0;
  if (r->end - p < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int d = str_hex_char(p[i]);
    if (d < 0)
      return -1;
    v = v * 16 + d;
  }
  return v;
}

// At the 'u' of an escape. Pairs of surrogates are one character; a lone one becomes U+FFFD.
static bool unicode_escape(Reader *r, Buf *out) {
  int32_t c = hex4(r, r->p + 1);
  if (c < 0)
    return wrong(r, r->p - 1, 2, "\\u takes four hexadecimal digits");
  r->p += 5;
  if (c >= 0xD800 && c < 0xDC00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u') {
    int32_t low = hex4(r, r->p + 2);
    if (low >= 0xDC00 && low < 0xE000) {
      r->p += 6;
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  utf8_add(out, c >= 0xD800 && c < 0xE000 ? 0xFFFD : (uint32_t)c);
  return true;
}

static bool read_escape(Reader *r, Buf *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  r->p++;
  if (r->p < r->end && *r->p == 'u')
    return unicode_escape(r, out);
  const char *k = r->p < r->end && *r->p ? strchr(from, *r->p) : NULL;
  if (!k)
    return wrong(r, r->p - 1, 2, "no such escape");
  buf_addc(out, to[k - from]);
  r->p++;
  return true;
}

static const char *text_end(const char *p, const char *end) {
  while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
    p++;
  return p;
}

// A string without escapes stays a slice of the text.
static bool read_string(Reader *r, Str *out) {
  const char *open = r->p++, *from = r->p;
  Buf text = {.arena = r->arena};
  bool copied = false;
  for (;;) {
    const char *stop = text_end(r->p, r->end);
    if (stop == r->end)
      return wrong(r, open, 1, "this text is not closed");
    if ((unsigned char)*stop < 0x20)
      return wrong(r, stop, 1, "a control character in a text must be escaped");
    if (*stop == '"' && !copied) {
      *out = str_n(from, (size_t)(stop - from));
    } else {
      buf_add(&text, str_n(r->p, (size_t)(stop - r->p)));
      *out = buf_str(&text);
    }
    r->p = stop;
    if (*stop == '"')
      break;
    copied = true;
    if (!read_escape(r, &text))
      return false;
  }
  r->p++;
  ptrdiff_t bad = utf8_invalid(*out);
  return bad < 0 || wrong(r, open, (size_t)(r->p - open), "bytes that are not UTF-8");
}

static const char *digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9')
    p++;
  return p;
}

static bool whole_number(Reader *r, Str text, Value *out) {
  if (text.len < 19) {
    int64_t v = 0;
    for (size_t i = text.ptr[0] == '-'; i < text.len; i++)
      v = v * 10 + (text.ptr[i] - '0');
    *out = val_int(text.ptr[0] == '-' ? -v : v);
    return true;
  }
  return bigint_parse(r->arena, text, 10, out) ||
         wrong(r, text.ptr, text.len, "a number of too many digits");
}

static bool read_number(Reader *r, Value *out) {
  const char *from = r->p, *p = from + (*from == '-'), *ints = p;
  p = digits(p, r->end);
  if (p == ints || (*ints == '0' && p > ints + 1))
    return wrong(r, from, 1, "a value was expected here");
  bool whole = true;
  if (p + 1 < r->end && *p == '.' && p[1] >= '0' && p[1] <= '9') {
    p = digits(p + 1, r->end);
    whole = false;
  }
  if (p < r->end && (*p | 0x20) == 'e') {
    const char *exp = p + 1 + (p + 1 < r->end && (p[1] == '-' || p[1] == '+'));
    const char *after = digits(exp, r->end);
    if (after > exp) {
      p = after;
      whole = false;
    }
  }
  Str text = str_n(from, (size_t)(p - from));
  r->p = p;
  if (whole)
    return whole_number(r, text, out);
  *out = val_float(strtod(str_cstr(r->arena, text), NULL));
  return true;
}

static bool next_item(Reader *r, char close, bool *more) {
  skip_space(r);
  if (r->p < r->end && *r->p == close) {
    r->p++;
    *more = false;
    return true;
  }
  if (r->p < r->end && *r->p == ',') {
    const char *comma = r->p++;
    skip_space(r);
    if (r->p < r->end && *r->p == close)
      return wrong(r, comma, 1, "a comma with nothing behind it");
    *more = true;
    return true;
  }
  if (r->p >= r->end)
    return wrong(r, r->p, 0, close == '}' ? "it ends inside {...}" : "it ends inside [...]");
  return wrong(r, r->p, 1,
               close == '}' ? "',' or '}' was expected here" : "',' or ']' was expected here");
}

static bool read_array(Reader *r, Value *out) {
  *out = val_list(r->arena, 0);
  r->p++;
  skip_space(r);
  bool more = !take(r, STR("]"));
  while (more) {
    Value v;
    if (!read_value(r, &v))
      return false;
    list_push(r->arena, out->list, v);
    if (!next_item(r, ']', &more))
      return false;
  }
  return true;
}

static bool read_object(Reader *r, Value *out) {
  *out = val_dict(r->arena);
  r->p++;
  skip_space(r);
  bool more = !take(r, STR("}"));
  while (more) {
    Str key;
    Value v;
    skip_space(r);
    if (r->p >= r->end || *r->p != '"')
      return wrong(r, r->p, r->p < r->end, "a key in double quotes was expected here");
    if (!read_string(r, &key))
      return false;
    skip_space(r);
    if (!take(r, STR(":")))
      return wrong(r, r->p, r->p < r->end, "':' was expected here");
    if (!read_value(r, &v))
      return false;
    dict_sets(r->arena, out->dict, key, v);
    if (!next_item(r, '}', &more))
      return false;
  }
  return true;
}

static const struct {
  Str word;
  Value value;
} words[] = {
    {STR_INIT("null"),      {.kind = VAL_NONE}                 },
    {STR_INIT("true"),      {.kind = VAL_BOOL, .b = true}      },
    {STR_INIT("false"),     {.kind = VAL_BOOL, .b = false}     },
    {STR_INIT("NaN"),       {.kind = VAL_FLOAT, .f = NAN}      },
    {STR_INIT("Infinity"),  {.kind = VAL_FLOAT, .f = INFINITY} },
    {STR_INIT("-Infinity"), {.kind = VAL_FLOAT, .f = -INFINITY}},
};

static bool read_word(Reader *r, Value *out) {
  for (size_t i = 0; i < COUNT(words); i++)
    if (take(r, words[i].word)) {
      *out = words[i].value;
      return true;
    }
  return false;
}

static bool read_nested(Reader *r, Value *out) {
  if (++r->depth > JSON_DEPTH)
    return wrong(r, r->p, 1, "it nests too deep");
  bool ok = *r->p == '{' ? read_object(r, out) : read_array(r, out);
  r->depth--;
  return ok;
}

static bool read_value(Reader *r, Value *out) {
  skip_space(r);
  if (r->p >= r->end)
    return wrong(r, r->p, 0, "it ends where a value was expected");
  if (*r->p == '{' || *r->p == '[')
    return read_nested(r, out);
  if (*r->p == '"') {
    Str text;
    if (!read_string(r, &text))
      return false;
    *out = val_str(text);
    return true;
  }
  return read_word(r, out) || read_number(r, out);
}

bool json_read(Arena *arena, const Source *src, Value *out, Diags *diags) {
  Str text = src->text;
  Reader r = {.arena = arena, .src = src, .diags = diags, .p = text.ptr ? text.ptr : ""};
  r.end = r.p + text.len;
  take(&r, STR("\xEF\xBB\xBF"));
  if (!text.len) {
    diag_error(diags, CODE_JSON_SYNTAX, src->path, "not valid JSON: the file is empty");
    return false;
  }
  if (!read_value(&r, out))
    return false;
  skip_space(&r);
  return r.p == r.end || wrong(&r, r.p, 1, "something follows behind the end");
}
