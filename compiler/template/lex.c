// In: template text. Out: tokens, one at a time, with white space control already applied. Leaves
// values of literals to lex_value.c and grammar to parse.c.
#include "lex.h"

#include "../base/utf8.h"

#include <stdio.h>

enum { MODE_TEXT, MODE_VAR, MODE_BLOCK, MODE_FAILED };

// What a byte starts inside a tag, and what else is true of it.
enum {
  NOTHING,
  NAME,
  NUMBER,
  QUOTED,
  OPENING, // a bracket
  CLOSING, // a bracket; } may end the tag
  SIGN,    // an operator that may end the tag
  TWOFOLD, // an operator of one character or two
  SINGLE,  // an operator of one
  FOREIGN, // part of a character that utf8 knows
  START = 15,
  WORD = 16,     // goes on a name
  SPACE = 32,    // white space
  IN_STRING = 64 // a quote or a backslash, or a carriage return
};

// clang-format off
#define S SPACE
#define R (SPACE | IN_STRING)
#define D (NUMBER | WORD)
#define L (NAME | WORD)
#define Q (QUOTED | IN_STRING)
#define B IN_STRING
#define O OPENING
#define C CLOSING
#define G SIGN
#define T TWOFOLD
#define P SINGLE
#define F FOREIGN
static const uint8_t classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, S, S, S, S, R, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, S, S, S, S,
    S, T, Q, 0, 0, G, 0, Q, O, C, T, G, P, G, P, T, D, D, D, D, D, D, D, D, D, D, P, P, T, T, T, 0,
    0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, O, B, C, 0, L,
    0, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, O, P, C, P, 0,
    F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F,
    F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F,
    F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F,
    F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F, F,
};
#undef S
#undef R
#undef D
#undef L
#undef Q
#undef B
#undef O
#undef C
#undef G
#undef T
#undef P
#undef F
// clang-format on

static uint8_t class(char c) { return classes[(unsigned char)c]; }

// Where the run of bytes of these classes that starts at s[at] ends.
static size_t skip(Str s, size_t at, uint8_t wanted) {
  while (at < s.len && (class(s.ptr[at]) & wanted))
    at++;
  return at;
}

size_t lex_space(Str s, size_t at) {
  size_t i = skip(s, at, SPACE);
  while (i < s.len && class(s.ptr[i]) == FOREIGN) {
    size_t next = i;
    if (!utf8_isspace(utf8_next(s, &next)))
      break;
    i = skip(s, next, SPACE);
  }
  return i - at;
}

size_t lex_space_before(Str s, size_t at) {
  size_t i = at;
  while (i > 0) {
    uint8_t c = class(s.ptr[i - 1]);
    if (c & SPACE) {
      i--;
      continue;
    }
    if (c != FOREIGN)
      break;
    size_t start = i - 1;
    while (start > 0 && i - start < 4 && ((unsigned char)s.ptr[start] & 0xC0) == 0x80)
      start--;
    size_t next = start;
    if (!utf8_isspace(utf8_next(s, &next)) || next != i)
      break;
    i = start;
  }
  return at - i;
}

void lex_init(Lexer *l, Str text) {
  l->text = text;
  l->pos = 0;
  l->mode = MODE_TEXT;
  l->skip_space = false;
  l->nopen = 0;
  l->error = l->error_hint = NULL;
}

static void fail(Lexer *l, Token *t, size_t at, size_t len, const char *message) {
  l->mode = MODE_FAILED;
  l->error = message;
  l->error_at = (uint32_t)at;
  l->error_len = (uint32_t)len;
  *t = (Token){T_EOF, false, (uint32_t)at, 0};
}

// --- text between tags
// The next "{{", "{%" or "{#" at or after `from`, or the end.
static size_t find_tag(Str s, size_t from) {
  while (from < s.len) {
    const char *p = memchr(s.ptr + from, '{', s.len - from);
    if (!p)
      break;
    from = (size_t)(p - s.ptr);
    if (from + 1 < s.len && (p[1] == '{' || p[1] == '%' || p[1] == '#'))
      return from;
    from++;
  }
  return s.len;
}

static bool word_at(Str s, size_t at, Str word) {
  return s.len - at >= word.len && memcmp(s.ptr + at, word.ptr, word.len) == 0;
}

size_t lex_bare_tag(Str s, size_t at, Str keyword, bool *trims) {
  size_t i = at;
  if (!word_at(s, i, STR("{%")))
    return 0;
  i += 2;
  if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
    i++;
  i += lex_space(s, i);
  if (i == s.len || s.ptr[i] != keyword.ptr[0] || !word_at(s, i, keyword))
    return 0;
  i += keyword.len;
  i += lex_space(s, i);
  *trims = i < s.len && s.ptr[i] == '-';
  if (i < s.len && (s.ptr[i] == '-' || (s.ptr[i] == '+' && str_is(keyword, "endraw"))))
    i++;
  return word_at(s, i, STR("%}")) ? i + 2 - at : 0;
}

// Where the endraw tag that closes a raw block starting at `from` is, and its length.
static bool find_endraw(Str s, size_t from, size_t *at, size_t *len, bool *trims) {
  for (ptrdiff_t i = (ptrdiff_t)from; (i = str_find(s, STR("{%"), (size_t)i)) >= 0; i++)
    if ((*len = lex_bare_tag(s, (size_t)i, STR("endraw"), trims)) != 0) {
      *at = (size_t)i;
      return true;
    }
  return false;
}

static uint32_t trim_end(Str s, size_t from, size_t to) {
  size_t cut = lex_space_before(str_sub(s, from, to), to - from);
  return (uint32_t)(to - cut);
}

static bool trims_left(Str s, size_t tag) { return tag + 2 < s.len && s.ptr[tag + 2] == '-'; }

// The body of a raw block as data; l->pos goes behind its end tag.
static bool raw_block(Lexer *l, size_t from, Token *t) {
  size_t at = 0, len = 0;
  bool trims = false;
  if (!find_endraw(l->text, from, &at, &len, &trims)) {
    fail(l, t, l->pos, 2, "Missing end of raw directive");
    return true;
  }
  uint32_t end = trims_left(l->text, at) ? trim_end(l->text, from, at) : (uint32_t)at;
  l->pos = (uint32_t)(at + len);
  l->skip_space = trims;
  *t = (Token){T_DATA, false, (uint32_t)from, end - (uint32_t)from};
  return t->len > 0;
}

// Goes behind a tag's opening marker or a whole comment or raw block. True: *t is a token.
static bool open_tag(Lexer *l, Token *t) {
  Str s = l->text;
  size_t at = l->pos;
  char kind = s.ptr[at + 1];
  bool trims = false;
  if (kind == '#') {
    size_t from = at + 2 + (at + 2 < s.len && (s.ptr[at + 2] == '-' || s.ptr[at + 2] == '+'));
    ptrdiff_t end = str_find(s, STR("#}"), from);
    if (end < 0) {
      fail(l, t, at, 2, "Missing end of comment tag");
      return true;
    }
    l->skip_space = (size_t)end > from && s.ptr[end - 1] == '-';
    l->pos = (uint32_t)end + 2;
    return false;
  }
  size_t len = 2;
  if (at + 2 < s.len && (s.ptr[at + 2] == '-' || s.ptr[at + 2] == '+'))
    len = 3;
  size_t name = kind == '%' ? skip(s, at + len, SPACE) : s.len;
  bool may_be_raw = name < s.len && (s.ptr[name] == 'r' || class(s.ptr[name]) == FOREIGN);
  size_t raw = may_be_raw ? lex_bare_tag(s, at, STR("raw"), &trims) : 0;
  if (raw) {
    size_t from = at + raw;
    if (trims)
      from += lex_space(s, from);
    return raw_block(l, from, t);
  }
  *t = (Token){kind == '{' ? T_VAR_BEGIN : T_BLOCK_BEGIN, false, (uint32_t)at, (uint32_t)len};
  l->pos = (uint32_t)(at + len);
  l->mode = kind == '{' ? MODE_VAR : MODE_BLOCK;
  l->nopen = 0;
  return true;
}

static __attribute__((noinline)) void next_text(Lexer *l, Token *t) {
  for (;;) {
    Str s = l->text;
    if (l->skip_space) {
      l->pos += (uint32_t)lex_space(s, l->pos);
      l->skip_space = false;
    }
    if (l->pos >= s.len) {
      *t = (Token){T_EOF, false, (uint32_t)s.len, 0};
      return;
    }
    size_t tag = find_tag(s, l->pos);
    uint32_t from = l->pos, to = (uint32_t)tag;
    if (tag < s.len && trims_left(s, tag))
      to = trim_end(s, from, tag);
    l->pos = (uint32_t)tag;
    if (to > from) {
      *t = (Token){T_DATA, false, from, to - from};
      return;
    }
    if (tag < s.len && open_tag(l, t))
      return;
  }
}

// --- inside a tag

// Digits that may have single underscores between them, accepted by `ok`.
static size_t digits(Str s, size_t at, bool (*ok)(char)) {
  size_t i = at;
  while (i < s.len &&
         (ok(s.ptr[i]) || (s.ptr[i] == '_' && i > at && i + 1 < s.len && ok(s.ptr[i + 1]))))
    i++;
  return i - at;
}

static bool is_hex(char c) { return str_hex_char(c) >= 0; }
static bool is_bin(char c) { return c == '0' || c == '1'; }
static bool is_oct(char c) { return c >= '0' && c <= '7'; }
static bool is_zero(char c) { return c == '0'; }

size_t lex_float(Str s, size_t at) {
  if (at > 0 && s.ptr[at - 1] == '.')
    return 0;
  size_t i = at + digits(s, at, str_digit_char), frac = 0;
  if (i == at)
    return 0;
  if (i + 1 < s.len && s.ptr[i] == '.' && str_digit_char(s.ptr[i + 1]))
    frac = 1 + digits(s, i + 1, str_digit_char);
  size_t e = i + frac;
  if (e < s.len && (s.ptr[e] == 'e' || s.ptr[e] == 'E')) {
    size_t d = e + 1;
    if (d < s.len && (s.ptr[d] == '+' || s.ptr[d] == '-'))
      d++;
    size_t n = digits(s, d, str_digit_char);
    if (n)
      return d + n - at;
  }
  return frac ? i + frac - at : 0;
}

size_t lex_int(Str s, size_t at) {
  if (at >= s.len || !str_digit_char(s.ptr[at]))
    return 0;
  if (s.ptr[at] != '0')
    return digits(s, at, str_digit_char);
  char kind = at + 1 < s.len ? (char)(s.ptr[at + 1] | 0x20) : 0;
  bool (*ok)(char) = kind == 'b' ? is_bin : kind == 'o' ? is_oct : kind == 'x' ? is_hex : NULL;
  if (ok) {
    size_t from = at + 2;
    if (from < s.len && s.ptr[from] == '_')
      from++;
    size_t n = digits(s, from, ok);
    if (n)
      return from + n - at;
  }
  return digits(s, at, is_zero);
}

size_t lex_name(Str s, size_t at) {
  size_t i = skip(s, at, WORD);
  while (i < s.len && class(s.ptr[i]) == FOREIGN) {
    size_t next = i;
    uint32_t cp = utf8_next(s, &next);
    if (!utf8_isalpha(cp) && !utf8_isnumeric(cp))
      break;
    i = skip(s, next, WORD);
  }
  return i - at;
}

size_t lex_quoted(Str s, size_t at) {
  char quote = s.ptr[at];
  for (size_t i = at + 1; i < s.len; i++) {
    if (s.ptr[i] == quote)
      return i + 1 - at;
    if (s.ptr[i] == '\\')
      i++;
  }
  return 0;
}

static const struct {
  char text[3];
  TokenKind kind;
} operators[] = {
    {"//", T_FLOORDIV },
    {"**", T_POW      },
    {"==", T_EQ       },
    {"!=", T_NE       },
    {">=", T_GE       },
    {"<=", T_LE       },
    {"+",  T_ADD      },
    {"-",  T_SUB      },
    {"/",  T_DIV      },
    {"*",  T_MUL      },
    {"%",  T_MOD      },
    {"~",  T_TILDE    },
    {"[",  T_LBRACKET },
    {"]",  T_RBRACKET },
    {"(",  T_LPAREN   },
    {")",  T_RPAREN   },
    {"{",  T_LBRACE   },
    {"}",  T_RBRACE   },
    {">",  T_GT       },
    {"<",  T_LT       },
    {"=",  T_ASSIGN   },
    {".",  T_DOT      },
    {":",  T_COLON    },
    {"|",  T_PIPE     },
    {",",  T_COMMA    },
    {";",  T_SEMICOLON},
};

static const uint8_t single[128] = {
    ['+'] = T_ADD,    ['-'] = T_SUB,      ['/'] = T_DIV,      ['*'] = T_MUL,    ['%'] = T_MOD,
    ['~'] = T_TILDE,  ['['] = T_LBRACKET, [']'] = T_RBRACKET, ['('] = T_LPAREN, [')'] = T_RPAREN,
    ['{'] = T_LBRACE, ['}'] = T_RBRACE,   ['>'] = T_GT,       ['<'] = T_LT,     ['='] = T_ASSIGN,
    ['.'] = T_DOT,    [':'] = T_COLON,    ['|'] = T_PIPE,     [','] = T_COMMA,  [';'] = T_SEMICOLON,
};

const char *lex_describe(TokenKind k) {
  static const char *const names[] = {
      [T_EOF] = "end of template",
      [T_DATA] = "template data / text",
      [T_VAR_BEGIN] = "begin of print statement",
      [T_VAR_END] = "end of print statement",
      [T_BLOCK_BEGIN] = "begin of statement block",
      [T_BLOCK_END] = "end of statement block",
      [T_NAME] = "name",
      [T_STRING] = "string",
      [T_INT] = "integer",
      [T_FLOAT] = "float",
  };
  if (k <= T_FLOAT)
    return names[k];
  for (size_t i = 0; i < COUNT(operators); i++)
    if (operators[i].kind == k)
      return operators[i].text;
  return "?";
}

static void token(Lexer *l, Token *t, TokenKind kind, size_t len) {
  *t = (Token){kind, false, l->pos, (uint32_t)len};
  l->pos += (uint32_t)len;
}

// "}}", "-}}" / "%}", "-%}", "+%}" where no bracket is open.
static bool tag_end(Lexer *l, Token *t) {
  Str s = l->text;
  char c = s.ptr[l->pos], first = l->mode == MODE_VAR ? '}' : '%';
  bool sign = c == '-' || (c == '+' && l->mode == MODE_BLOCK);
  size_t end = l->pos + sign;
  if (end + 1 >= s.len || s.ptr[end] != first || s.ptr[end + 1] != '}')
    return false;
  token(l, t, l->mode == MODE_VAR ? T_VAR_END : T_BLOCK_END, 2u + sign);
  l->skip_space = c == '-';
  l->mode = MODE_TEXT;
  return true;
}

static void unexpected(Lexer *l, Token *t) {
  size_t at = l->pos, next = at;
  char c = l->text.ptr[at];
  utf8_next(l->text, &next);
  if (c == '\'' || c == '"') {
    snprintf(l->message, sizeof l->message, "unexpected char %s at %zu",
             c == '"' ? "'\"'" : "\"'\"", at);
    l->error_hint = "the quotes that open here are not closed";
  } else
    snprintf(l->message, sizeof l->message, "unexpected char '%.*s' at %zu", (int)(next - at),
             l->text.ptr + at, at);
  fail(l, t, at, next - at, l->message);
}

// Brackets are counted: inside one the end markers of a tag are plain operators.
static void opening(Lexer *l, Token *t, char c) {
  if (l->nopen == LEX_BRACKETS) {
    fail(l, t, l->pos, 1, "brackets are nested too deeply");
    return;
  }
  l->open[l->nopen++] = c == '(' ? ')' : c == '[' ? ']' : '}';
  token(l, t, single[(unsigned char)c], 1);
}

static void closing(Lexer *l, Token *t, char c) {
  if (!l->nopen && tag_end(l, t))
    return;
  char wanted = l->nopen ? l->open[--l->nopen] : 0;
  if (wanted == c) {
    token(l, t, single[(unsigned char)c], 1);
    return;
  }
  if (wanted) {
    snprintf(l->message, sizeof l->message, "unexpected '%c', expected '%c'", c, wanted);
    l->error_hint = wanted == ')'   ? "a '(' before this is not closed"
                    : wanted == ']' ? "a '[' before this is not closed"
                                    : "a '{' before this is not closed";
  } else {
    snprintf(l->message, sizeof l->message, "unexpected '%c'", c);
    if (c == '}')
      l->error_hint =
          l->mode == MODE_VAR ? "what '{{' opens ends with '}}'" : "what '{%' opens ends with '%}'";
  }
  fail(l, t, l->pos, 1, l->message);
}

static void sign(Lexer *l, Token *t, char c) {
  if (l->nopen || !tag_end(l, t))
    token(l, t, single[(unsigned char)c], 1);
}

static void twofold(Lexer *l, Token *t, char c) {
  char second = l->pos + 1 < l->text.len ? l->text.ptr[l->pos + 1] : 0;
  TokenKind two = T_EOF;
  if (second == '=')
    two = c == '=' ? T_EQ : c == '!' ? T_NE : c == '<' ? T_LE : c == '>' ? T_GE : T_EOF;
  else if (second == c)
    two = c == '*' ? T_POW : c == '/' ? T_FLOORDIV : T_EOF;
  if (two != T_EOF)
    token(l, t, two, 2);
  else if (c != '!')
    token(l, t, single[(unsigned char)c], 1);
  else
    unexpected(l, t);
}

static void string_token(Lexer *l, Token *t) {
  const char *text = l->text.ptr, *from = text + l->pos, *p = from + 1, *end = text + l->text.len;
  while (p < end && !(class(*p) & IN_STRING))
    p++;
  if (p < end && *p == *from) {
    token(l, t, T_STRING, (size_t)(p + 1 - from));
    return;
  }
  size_t len = lex_quoted(l->text, l->pos);
  if (!len) {
    unexpected(l, t);
    return;
  }
  token(l, t, T_STRING, len);
  t->escapes = true; // or a quote of the other kind
}

static void number_token(Lexer *l, Token *t) {
  size_t len = lex_float(l->text, l->pos);
  if (len)
    token(l, t, T_FLOAT, len);
  else
    token(l, t, T_INT, lex_int(l->text, l->pos));
}

// A name with characters outside ASCII, or what comes behind such white space.
static void foreign_token(Lexer *l, Token *t) {
  Str s = l->text;
  size_t name = lex_name(s, l->pos), space = lex_space(s, l->pos), next = l->pos;
  if (name && utf8_isalpha(utf8_next(s, &next))) {
    token(l, t, T_NAME, name);
  } else if (name) {
    fail(l, t, l->pos, name, "Invalid character in identifier");
  } else if (space) {
    l->pos += (uint32_t)space;
    lex_next(l, t);
  } else {
    unexpected(l, t);
  }
}

static void name_token(Lexer *l, Token *t) {
  const char *text = l->text.ptr, *from = text + l->pos, *p = from, *end = text + l->text.len;
  while (p < end && (class(*p) & WORD))
    p++;
  if (p < end && class(*p) == FOREIGN)
    foreign_token(l, t);
  else
    token(l, t, T_NAME, (size_t)(p - from));
}

static void next_in_tag(Lexer *l, Token *t) {
  const char *text = l->text.ptr, *p = text + l->pos, *end = text + l->text.len;
  // Jinja looks for the end of the tag before it skips white space; the end cannot start with a
  // blank, so the order does not show.
  while (p < end && (class(*p) & SPACE))
    p++;
  l->pos = (uint32_t)(p - text);
  if (p == end) {
    token(l, t, T_EOF, 0);
    return;
  }
  switch (class(*p) & START) {
  case NAME:
    name_token(l, t);
    break;
  case NUMBER:
    number_token(l, t);
    break;
  case QUOTED:
    string_token(l, t);
    break;
  case OPENING:
    opening(l, t, *p);
    break;
  case CLOSING:
    closing(l, t, *p);
    break;
  case SIGN:
    sign(l, t, *p);
    break;
  case TWOFOLD:
    twofold(l, t, *p);
    break;
  case SINGLE:
    token(l, t, single[(unsigned char)*p], 1);
    break;
  case FOREIGN:
    foreign_token(l, t);
    break;
  default:
    unexpected(l, t);
  }
}

void lex_next(Lexer *l, Token *t) {
  if (l->mode == MODE_TEXT)
    next_text(l, t);
  else if (l->mode == MODE_FAILED)
    *t = (Token){T_EOF, false, l->error_at, 0};
  else
    next_in_tag(l, t);
}
