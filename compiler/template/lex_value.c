// In: string and number tokens. Out: their values, as Python reads them.
#include "lex.h"

#include "../base/utf8.h"
#include "../value/bigint.h"

#include <stdlib.h>

// The names that \N{..} knows besides letters and digits of ASCII.
static const struct {
  const char *name;
  uint32_t cp;
} named[] = {
    {"SPACE",                               0x20  },
    {"EXCLAMATION MARK",                    0x21  },
    {"QUOTATION MARK",                      0x22  },
    {"NUMBER SIGN",                         0x23  },
    {"DOLLAR SIGN",                         0x24  },
    {"PERCENT SIGN",                        0x25  },
    {"AMPERSAND",                           0x26  },
    {"APOSTROPHE",                          0x27  },
    {"LEFT PARENTHESIS",                    0x28  },
    {"RIGHT PARENTHESIS",                   0x29  },
    {"ASTERISK",                            0x2a  },
    {"PLUS SIGN",                           0x2b  },
    {"COMMA",                               0x2c  },
    {"HYPHEN-MINUS",                        0x2d  },
    {"FULL STOP",                           0x2e  },
    {"SOLIDUS",                             0x2f  },
    {"COLON",                               0x3a  },
    {"SEMICOLON",                           0x3b  },
    {"LESS-THAN SIGN",                      0x3c  },
    {"EQUALS SIGN",                         0x3d  },
    {"GREATER-THAN SIGN",                   0x3e  },
    {"QUESTION MARK",                       0x3f  },
    {"COMMERCIAL AT",                       0x40  },
    {"LEFT SQUARE BRACKET",                 0x5b  },
    {"REVERSE SOLIDUS",                     0x5c  },
    {"RIGHT SQUARE BRACKET",                0x5d  },
    {"CIRCUMFLEX ACCENT",                   0x5e  },
    {"LOW LINE",                            0x5f  },
    {"GRAVE ACCENT",                        0x60  },
    {"LEFT CURLY BRACKET",                  0x7b  },
    {"VERTICAL LINE",                       0x7c  },
    {"RIGHT CURLY BRACKET",                 0x7d  },
    {"TILDE",                               0x7e  },
    {"NO-BREAK SPACE",                      0xa0  },
    {"CENT SIGN",                           0xa2  },
    {"POUND SIGN",                          0xa3  },
    {"YEN SIGN",                            0xa5  },
    {"SECTION SIGN",                        0xa7  },
    {"COPYRIGHT SIGN",                      0xa9  },
    {"REGISTERED SIGN",                     0xae  },
    {"DEGREE SIGN",                         0xb0  },
    {"PLUS-MINUS SIGN",                     0xb1  },
    {"MICRO SIGN",                          0xb5  },
    {"PILCROW SIGN",                        0xb6  },
    {"MIDDLE DOT",                          0xb7  },
    {"MULTIPLICATION SIGN",                 0xd7  },
    {"DIVISION SIGN",                       0xf7  },
    {"LATIN SMALL LETTER SHARP S",          0xdf  },
    {"LATIN SMALL LETTER A WITH DIAERESIS", 0xe4  },
    {"LATIN SMALL LETTER E WITH ACUTE",     0xe9  },
    {"LATIN SMALL LETTER O WITH DIAERESIS", 0xf6  },
    {"LATIN SMALL LETTER U WITH DIAERESIS", 0xfc  },
    {"ZERO WIDTH SPACE",                    0x200b},
    {"EN DASH",                             0x2013},
    {"EM DASH",                             0x2014},
    {"LEFT SINGLE QUOTATION MARK",          0x2018},
    {"RIGHT SINGLE QUOTATION MARK",         0x2019},
    {"LEFT DOUBLE QUOTATION MARK",          0x201c},
    {"RIGHT DOUBLE QUOTATION MARK",         0x201d},
    {"BULLET",                              0x2022},
    {"HORIZONTAL ELLIPSIS",                 0x2026},
    {"EURO SIGN",                           0x20ac},
    {"TRADE MARK SIGN",                     0x2122},
    {"LEFTWARDS ARROW",                     0x2190},
    {"UPWARDS ARROW",                       0x2191},
    {"RIGHTWARDS ARROW",                    0x2192},
    {"DOWNWARDS ARROW",                     0x2193},
    {"CHECK MARK",                          0x2713},
    {"REPLACEMENT CHARACTER",               0xfffd},
};

static const char *const digit_names[] = {"ZERO", "ONE", "TWO",   "THREE", "FOUR",
                                          "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"};

static bool named_char(Str name, uint32_t *cp) {
  for (size_t i = 0; i < COUNT(named); i++)
    if (str_eq_nocase(name, str_c(named[i].name))) {
      *cp = named[i].cp;
      return true;
    }
  for (uint32_t i = 0; i < 10; i++)
    if (name.len > 6 && str_eq_nocase(str_sub(name, 0, 6), STR("DIGIT ")) &&
        str_eq_nocase(str_sub(name, 6, name.len), str_c(digit_names[i]))) {
      *cp = '0' + i;
      return true;
    }
  Str small = STR("LATIN SMALL LETTER "), capital = STR("LATIN CAPITAL LETTER ");
  char last = name.len ? (char)(name.ptr[name.len - 1] | 0x20) : 0;
  if (last < 'a' || last > 'z')
    return false;
  if (name.len == small.len + 1 && str_eq_nocase(str_sub(name, 0, small.len), small)) {
    *cp = (uint32_t)last;
    return true;
  }
  if (name.len == capital.len + 1 && str_eq_nocase(str_sub(name, 0, capital.len), capital)) {
    *cp = (uint32_t)last - 0x20;
    return true;
  }
  return false;
}

// A lone surrogate (\ud800) cannot be text: it becomes U+FFFD.
static void add_char(Buf *out, uint32_t cp) {
  utf8_add(out, cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp);
}

static const char *hex_escape(Buf *out, Str s, size_t *at, int n) {
  uint32_t cp = 0;
  for (int i = 0; i < n; i++) {
    int d = *at < s.len ? str_hex_char(s.ptr[*at]) : -1;
    if (d < 0)
      return n == 2   ? "truncated \\xXX escape"
             : n == 4 ? "truncated \\uXXXX escape"
                      : "truncated \\UXXXXXXXX escape";
    cp = cp << 4 | (uint32_t)d;
    ++*at;
  }
  if (cp > 0x10ffff)
    return "illegal Unicode character";
  add_char(out, cp);
  return NULL;
}

static const char *name_escape(Buf *out, Str s, size_t *at) {
  ptrdiff_t close = *at < s.len && s.ptr[*at] == '{' ? str_find(s, STR("}"), *at) : -1;
  if (close < 0 || (size_t)close == *at + 1)
    return "malformed \\N character escape";
  uint32_t cp;
  if (!named_char(str_sub(s, *at + 1, (size_t)close), &cp))
    return "unknown Unicode character name";
  add_char(out, cp);
  *at = (size_t)close + 1;
  return NULL;
}

static void octal_escape(Buf *out, Str s, size_t *at) {
  uint32_t cp = 0;
  for (int i = 0; i < 3 && *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '7'; i++)
    cp = cp * 8 + (uint32_t)(s.ptr[(*at)++] - '0');
  add_char(out, cp);
}

// What Python's two-step decoding makes of a backslash before a non-ASCII character: the backslash
// and that character's own escape, as text.
static void foreign_escape(Buf *out, Str s, size_t *at) {
  uint32_t cp = utf8_next(s, at);
  buf_addf(out, cp < 0x100 ? "\\x%02x" : cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
}

static const char plain_escapes[128] = {
    ['\\'] = '\\', ['\''] = '\'', ['"'] = '"',  ['a'] = '\a', ['b'] = '\b',
    ['f'] = '\f',  ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t', ['v'] = '\v',
};

static const char *escape(Buf *out, Str s, size_t *at) {
  unsigned char c = (unsigned char)s.ptr[*at];
  if (c >= 128) {
    foreign_escape(out, s, at);
    return NULL;
  }
  if (c >= '0' && c <= '7') {
    octal_escape(out, s, at);
    return NULL;
  }
  ++*at;
  if (plain_escapes[c])
    buf_addc(out, plain_escapes[c]);
  else if (c == 'x' || c == 'u' || c == 'U')
    return hex_escape(out, s, at, c == 'x' ? 2 : c == 'u' ? 4 : 8);
  else if (c == 'N')
    return name_escape(out, s, at);
  else if (c == '\r' && *at < s.len && s.ptr[*at] == '\n')
    ++*at; // an escaped line end is nothing
  else if (c != '\n' && c != '\r') {
    buf_addc(out, '\\');
    buf_addc(out, (char)c);
  }
  return NULL;
}

Str lex_string(Arena *a, Str quoted, const char **error) {
  Str s = str_sub(quoted, 1, quoted.len - 1);
  *error = NULL;
  if (!s.len)
    return STR("");
  Buf out = {.arena = a};
  for (size_t at = 0; at < s.len && !*error;) {
    char c = s.ptr[at++];
    if (c == '\\') {
      *error = escape(&out, s, &at);
    } else if (c == '\r') {
      buf_addc(&out, '\n');
      at += at < s.len && s.ptr[at] == '\n';
    } else {
      buf_addc(&out, c);
    }
  }
  return *error ? (Str){0} : buf_str(&out);
}

Value lex_number(Arena *a, Str digits, bool is_float) {
  if (!is_float && digits.len <= 18 && digits.ptr[0] != '0') {
    int64_t n = 0;
    for (size_t i = 0; i < digits.len; i++)
      if (digits.ptr[i] != '_')
        n = n * 10 + (digits.ptr[i] - '0');
    return val_int(n);
  }
  char *clean = arena_alloc(a, digits.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < digits.len; i++)
    if (digits.ptr[i] != '_')
      clean[n++] = digits.ptr[i];
  clean[n] = 0;
  if (is_float)
    return val_float(strtod(clean, NULL));
  int base = 10;
  Str text = str_n(clean, n);
  if (n > 2 && clean[0] == '0') {
    char kind = (char)(clean[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
    if (base != 10)
      text = str_sub(text, 2, n);
  }
  for (size_t i = 0; i < text.len; i++)
    clean[i] = base == 16 && text.ptr[i] >= 'A' && text.ptr[i] <= 'F' ? (char)(text.ptr[i] | 0x20)
                                                                      : text.ptr[i];
  Value v;
  return bigint_parse(a, str_n(clean, text.len), base, &v) ? v : val_undef(NULL);
}
