// In: a secret. Out: the texts that other writers make of it. Leaves keeping them to secret.
#include "secret_forms.h"

#include "base64.h"
#include "utf8.h"

enum { LEAST_BASE64 = 8 }; // letters of it that say enough to be hidden

// --- one form each: what becomes of one character
static void as_json(Buf *out, uint32_t c) {
  static const char named[] = "\bb\ff\nn\rr\tt\"\"\\\\";
  for (size_t i = 0; named[i]; i += 2)
    if (c == (uint32_t)named[i]) {
      buf_addf(out, "\\%c", named[i + 1]);
      return;
    }
  if (c < 32)
    buf_addf(out, "\\u%04x", c);
  else
    utf8_add(out, c);
}

static void as_json_ascii(Buf *out, uint32_t c) {
  if (c >= 0x10000)
    buf_addf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
  else if (c >= 127)
    buf_addf(out, "\\u%04x", c);
  else
    as_json(out, c);
}

static void percent(Buf *out, uint32_t c, const char *kept, const char *digits) {
  char bytes[4];
  Buf one = {.ptr = bytes, .cap = sizeof bytes};
  utf8_add(&one, c);
  bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
  for (size_t i = 0; i < one.len; i++)
    if (c == ' ' && strchr(kept, '+'))
      buf_addc(out, '+');
    else if (plain || (c && c < 128 && c != '+' && strchr(kept, (int)c)))
      buf_addc(out, bytes[i]);
    else
      buf_addf(out, "%%%c%c", digits[(unsigned char)bytes[i] >> 4], digits[bytes[i] & 15]);
}

static const char upper[] = "0123456789ABCDEF", lower[] = "0123456789abcdef";
static void as_url(Buf *out, uint32_t c) { percent(out, c, "-_.~", upper); }
static void as_url_path(Buf *out, uint32_t c) { percent(out, c, "-_.~/+", upper); }
static void as_url_lower(Buf *out, uint32_t c) { percent(out, c, "-_.~", lower); }

// Python's repr(), which templates print lists and dicts with; its quotes may be escaped or not.
static void as_repr_quoted(Buf *out, uint32_t c) {
  static const char named[] = "\nn\rr\tt\\\\";
  for (size_t i = 0; named[i]; i += 2)
    if (c == (uint32_t)named[i]) {
      buf_addf(out, "\\%c", named[i + 1]);
      return;
    }
  if (utf8_isprintable(c))
    utf8_add(out, c);
  else
    buf_addf(out, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

static void as_repr(Buf *out, uint32_t c) {
  if (c == '\'')
    buf_addc(out, '\\');
  as_repr_quoted(out, c);
}

typedef void Writer(Buf *out, uint32_t c);
static Writer *const writers[] = {as_url, as_url_path, as_url_lower, as_repr, as_repr_quoted};

static const Spelling sql_text[] = {
    {'\'', "''"},
    {0,    NULL},
};
static const Spelling sql_name[] = {
    {'"', "\"\""},
    {0,   NULL  },
};
static const Spelling backslash[] = {
    {'\\', "\\\\"},
    {0,    NULL  },
};
static const Spelling python[] = {
    {'\\', "\\\\"},
    {'\'', "\\'" },
    {0,    NULL  },
};
static const Spelling *const spellings[] = {sql_text, sql_name,     backslash,
                                            python,   spelled_html, spelled_xml};

static Str written(Buf *out, Str s, Writer *write) {
  out->len = 0;
  for (size_t at = 0; at < s.len;)
    write(out, utf8_next(s, &at));
  return buf_str(out);
}

// --- base64
static void encode(Buf *out, Str s, const char *letters) {
  out->len = 0;
  base64_add(out, s, letters);
}

// Whole groups of three bytes are the same letters whatever is around them: at each of the three
// places that the first byte can have in its group. The text alone has its last bytes too.
static void base64_forms(Buf *out, Str s, const char *letters, void (*add)(void *data, Str form),
                         void *data) {
  for (size_t skip = 0; skip < 3 && skip < s.len; skip++) {
    size_t whole = (s.len - skip) / 3 * 3;
    encode(out, str_sub(s, skip, skip + whole), letters);
    if (out->len >= LEAST_BASE64)
      add(data, buf_str(out));
  }
  encode(out, s, letters);
  if (out->len >= LEAST_BASE64)
    add(data, buf_str(out));
}

// s as JSON, that as JSON again and so on: texts of programs hold each other.
static void json_forms(Str s, unsigned more, void (*add)(void *data, Str form), void *data) {
  static Writer *const json[] = {as_json, as_json_ascii};
  for (size_t i = 0; i < 2; i++) {
    Buf out = {0};
    Str form = written(&out, s, json[i]);
    if (!str_eq(form, s)) {
      add(data, form);
      if (more)
        json_forms(form, more - 1, add, data);
    }
    buf_free(&out);
  }
}

// A form, and that as JSON, unless it is the secret itself.
static void add_form(Str form, Str s, void (*add)(void *data, Str form), void *data) {
  if (str_eq(form, s))
    return;
  add(data, form);
  json_forms(form, 1, add, data);
}

void secret_forms(Str s, void (*add)(void *data, Str form), void *data) {
  Buf out = {0};
  json_forms(s, 2, add, data);
  for (size_t i = 0; i < COUNT(writers); i++)
    add_form(written(&out, s, writers[i]), s, add, data);
  for (size_t i = 0; i < COUNT(spellings); i++) {
    out.len = 0;
    buf_add_spelled(&out, s, spellings[i]);
    add_form(buf_str(&out), s, add, data);
  }
  base64_forms(&out, s, base64_letters, add, data);
  base64_forms(&out, s, base64_url_letters, add, data);
  buf_free(&out);
}
