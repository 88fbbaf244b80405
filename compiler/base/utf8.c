// In: text. Out: code points, their classes and case. Leaves Python's string methods to template/.
#include "utf8.h"

#include <string.h>
#include <utf8proc.h>

uint32_t utf8_next(Str s, size_t *at) {
  unsigned char c = (unsigned char)s.ptr[*at];
  if (c < 0x80) {
    ++*at;
    return c;
  }
  utf8proc_int32_t cp;
  utf8proc_ssize_t n =
      utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + *at, (utf8proc_ssize_t)(s.len - *at), &cp);
  if (n <= 0) {
    ++*at;
    return 0xDC00u + c;
  }
  *at += (size_t)n;
  return (uint32_t)cp;
}

void utf8_add(Buf *out, uint32_t cp) {
  if (cp < 0x80) {
    buf_addc(out, (char)cp);
  } else if (cp >= 0xDC80 && cp <= 0xDCFF) {
    buf_addc(out, (char)(cp - 0xDC00));
  } else {
    utf8proc_uint8_t b[4];
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)cp, b);
    buf_add(out, str_n((const char *)b, (size_t)n));
  }
}

// Behind the ASCII that a text has from `at` on, as far as it is found eight bytes at a time.
static size_t behind_ascii(Str s, size_t at) {
  for (uint64_t eight; at + sizeof eight <= s.len; at += sizeof eight) {
    memcpy(&eight, s.ptr + at, sizeof eight);
    if (eight & 0x8080808080808080U)
      break;
  }
  return at;
}

ptrdiff_t utf8_invalid(Str s) {
  for (size_t at = behind_ascii(s, 0); at < s.len;) {
    if ((unsigned char)s.ptr[at] < 0x80) {
      at = behind_ascii(s, at + 1);
      continue;
    }
    size_t was = at;
    uint32_t cp = utf8_next(s, &at);
    if (cp >= 0xDC80 && cp <= 0xDCFF)
      return (ptrdiff_t)was;
  }
  return -1;
}

bool utf8_ascii(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)s.ptr[i] >= 0x80)
      return false;
  return true;
}

size_t utf8_count(Str s) {
  size_t n = 0;
  for (size_t at = 0; at < s.len; n++)
    utf8_next(s, &at);
  return n;
}

size_t utf8_offset(Str s, size_t i) {
  size_t at = 0;
  while (i-- > 0 && at < s.len)
    utf8_next(s, &at);
  return at;
}

size_t utf8_width(Str s) {
  size_t n = 0;
  for (size_t at = 0; at < s.len;) {
    int w = utf8proc_charwidth((utf8proc_int32_t)utf8_next(s, &at));
    n += w > 0 ? (size_t)w : 0;
  }
  return n;
}

Str utf8_fit(Arena *a, Str s, size_t columns) {
  if (utf8_width(s) <= columns || !columns)
    return columns ? s : STR("");
  size_t used = 0, end = 0;
  for (size_t at = 0; at < s.len; end = at) {
    int w = utf8proc_charwidth((utf8proc_int32_t)utf8_next(s, &at));
    used += w > 0 ? (size_t)w : 0;
    if (used > columns - 1)
      break;
  }
  return str_fmt(a, "%.*s…", STR_ARG(str_sub(s, 0, end)));
}

size_t utf8_wrap(Buf *out, Str s, size_t col, size_t indent, size_t width) {
  Str word;
  for (bool first = true; str_cut(&s, ' ', &word); first = false) {
    size_t wide = utf8_width(word);
    bool breaks = !first && width && col + 1 + wide > width && col > indent;
    if (!first)
      buf_addc(out, breaks ? '\n' : ' ');
    for (size_t i = 0; breaks && i < indent; i++)
      buf_addc(out, ' ');
    col = (breaks ? indent : col + !first) + wide;
    buf_add(out, word);
  }
  return col;
}

static utf8proc_category_t category(uint32_t cp) { return utf8proc_category((utf8proc_int32_t)cp); }

bool utf8_isprintable(uint32_t cp) {
  if (cp == ' ')
    return true;
  switch (category(cp)) {
  case UTF8PROC_CATEGORY_CN:
  case UTF8PROC_CATEGORY_CC:
  case UTF8PROC_CATEGORY_CF:
  case UTF8PROC_CATEGORY_CS:
  case UTF8PROC_CATEGORY_CO:
  case UTF8PROC_CATEGORY_ZS:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
    return false;
  default:
    return true;
  }
}

bool utf8_isspace(uint32_t cp) {
  if (cp < 0x80)
    return (cp >= 9 && cp <= 13) || (cp >= 0x1c && cp <= 0x20);
  return cp == 0x85 || category(cp) == UTF8PROC_CATEGORY_ZS ||
         category(cp) == UTF8PROC_CATEGORY_ZL || category(cp) == UTF8PROC_CATEGORY_ZP;
}

bool utf8_isalpha(uint32_t cp) {
  utf8proc_category_t c = category(cp);
  return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL || c == UTF8PROC_CATEGORY_LT ||
         c == UTF8PROC_CATEGORY_LM || c == UTF8PROC_CATEGORY_LO;
}

bool utf8_isdecimal(uint32_t cp) { return category(cp) == UTF8PROC_CATEGORY_ND; }

bool utf8_isdigit(uint32_t cp) {
  return utf8_isdecimal(cp) || cp == 0xb2 || cp == 0xb3 || cp == 0xb9 || cp == 0x2070 ||
         (cp >= 0x2074 && cp <= 0x2079) || (cp >= 0x2080 && cp <= 0x2089) ||
         (cp >= 0x2460 && cp <= 0x2468);
}

bool utf8_isnumeric(uint32_t cp) {
  utf8proc_category_t c = category(cp);
  return c == UTF8PROC_CATEGORY_ND || c == UTF8PROC_CATEGORY_NL || c == UTF8PROC_CATEGORY_NO;
}

bool utf8_islower(uint32_t cp) { return category(cp) == UTF8PROC_CATEGORY_LL; }
bool utf8_isupper(uint32_t cp) { return category(cp) == UTF8PROC_CATEGORY_LU; }
bool utf8_istitle(uint32_t cp) { return category(cp) == UTF8PROC_CATEGORY_LT; }

bool utf8_ismark(uint32_t cp) {
  return category(cp) == UTF8PROC_CATEGORY_MN || category(cp) == UTF8PROC_CATEGORY_MC;
}

uint32_t utf8_tolower(uint32_t cp) { return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp); }
Str utf8_lower(Arena *a, Str s) {
  Buf out = {.arena = a};
  for (size_t at = 0; at < s.len;)
    utf8_add(&out, utf8_tolower(utf8_next(s, &at)));
  return buf_str(&out);
}
uint32_t utf8_toupper(uint32_t cp) { return (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp); }
uint32_t utf8_totitle(uint32_t cp) { return (uint32_t)utf8proc_totitle((utf8proc_int32_t)cp); }

// --- for terminals

// Bytes of a sequence for colours at `at`: ESC [ 1 ; 31 m, but not 8, which hides. 0: it is none.
static size_t color_at(Str s, size_t at) {
  size_t i = at + 2, number = 0;
  if (s.len - at < 3 || s.ptr[at] != 27 || s.ptr[at + 1] != '[')
    return 0;
  for (; i < s.len && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == ';'); i++) {
    if (s.ptr[i] == ';' && number == 8)
      return 0;
    number = s.ptr[i] == ';' ? 0 : number * 10 % 1000 + (size_t)(s.ptr[i] - '0');
  }
  return i < s.len && s.ptr[i] == 'm' && number != 8 ? i + 1 - at : 0;
}

static bool controls(uint32_t c) {
  return (c < 32 && c != '\n' && c != '\t') || (c >= 127 && c < 160) ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
         (c >= 0xdc80 && c < 0xdca0); // bytes that are no UTF-8, which old terminals take for such
}

static bool may_control(Str s) {
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if ((c < 32 && c != '\n' && c != '\t') || c >= 127)
      return true;
  }
  return false;
}

// Whether a sequence for colours ends in one that takes all of them back: ESC [ m, ESC [ 1 ; 0 m.
static bool closes(Str color) {
  char last = color.ptr[color.len - 2], before = color.ptr[color.len - 3];
  return last == '[' || last == ';' || (last == '0' && (before == '[' || before == ';'));
}

// Takes back the colours that a text leaves set, in its last line.
static void close_color(Buf *out) {
  bool line = out->len && out->ptr[out->len - 1] == '\n';
  out->len -= line;
  buf_adds(out, "\033[0m");
  if (line)
    buf_addc(out, '\n');
}

static Str shown(Arena *a, Str s, bool colors) {
  if (!may_control(s))
    return s;
  Buf out = {.arena = a};
  bool colored = false;
  for (size_t at = 0, from, color; from = at, at < s.len;) {
    uint32_t c = utf8_next(s, &at);
    if ((color = colors ? color_at(s, from) : 0)) {
      at = from + color;
      colored = !closes(str_sub(s, from, at));
    }
    if (color || !controls(c))
      buf_add(&out, str_sub(s, from, at));
    else if (c >= 0x2000 && c < 0xd800)
      buf_addf(&out, "\\u%04x", c);
    else if (c != '\r' || at == s.len || s.ptr[at] != '\n')
      buf_addf(&out, "\\x%02x", c & 0xff);
  }
  if (colored)
    close_color(&out);
  return buf_str(&out);
}

Str utf8_shown(Arena *a, Str s) { return shown(a, s, true); }
Str utf8_plain(Arena *a, Str s) { return shown(a, s, false); }
