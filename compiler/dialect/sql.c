// In: SQL and a database's rules. Out: tokens. Each function below takes the place where something
// starts and returns the place behind it, or the same place when it does not start there.
#include "sql.h"

static const char *const no_operators[] = {NULL};
static const char *const clickhouse_operators[] = {"<=>", "->", "==", "!=", "<=",  "<>",
                                                   ">=",  "::", "||", "@@", "\\G", NULL};

#define AFTER_TABLE                                                                                \
  "where", "group", "having", "order", "limit", "offset", "fetch", "union", "intersect", "except", \
      "window", "join", "inner", "left", "right", "full", "cross", "natural", "on", "using"
static const char *const postgres_after[] = {AFTER_TABLE, "outer", "for",    "returning", "when",
                                             "as",        "into",  "select", "do",        NULL};
static const char *const clickhouse_after[] = {
    AFTER_TABLE, "array",    "global", "any",      "all",     "asof", "semi",  "anti", "paste",
    "only",      "prewhere", "format", "settings", "qualify", "as",   "into",  "with", "and",
    "or",        "not",      "is",     "in",       "between", "like", "ilike", NULL};
static const char *const postgres_clauses[] = {"tablesample", NULL};
static const char *const clickhouse_clauses[] = {"final", "sample", NULL};

const SqlRules sql_postgres = {.joins_strings = true,
                               .high_words = true,
                               .return_ends = true,
                               .brackets_hold = true,
                               .atomic_bodies = true,
                               .escaped = "eE",
                               .plain = "uU",
                               .bits = "bBxX",
                               .operator_chars = "~!@#^&|`?+-*/%<>=",
                               .operators = no_operators,
                               .after_table = postgres_after,
                               .table_clauses = postgres_clauses};

const SqlRules sql_clickhouse = {.backslash = true,
                                 .backslash_names = true,
                                 .backquotes = true,
                                 .heredocs = true,
                                 .slash_comments = true,
                                 .typographic = true,
                                 .formats = true,
                                 .escaped = "",
                                 .plain = "",
                                 .bits = "bBxX",
                                 .operators = clickhouse_operators,
                                 .after_table = clickhouse_after,
                                 .table_clauses = clickhouse_clauses};

Sql sql_open(const SqlRules *rules, Str text) { return (Sql){.rules = rules, .text = text}; }

// --- bytes

static unsigned char byte(const Sql *s, size_t i) {
  return i < s->text.len ? (unsigned char)s->text.ptr[i] : 0;
}
static bool one_of(const char *set, unsigned char c) { return c && set && strchr(set, c); }
static bool starts_word(const Sql *s, unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (c > 127 && s->rules->high_words) || (c == '$' && s->rules->heredocs);
}
static bool in_word(const Sql *s, unsigned char c) {
  return starts_word(s, c) || str_digit_char(c) || c == '$';
}

// Two or three bytes at i.
static bool here(const Sql *s, size_t i, const char *bytes) {
  return str_starts(str_sub(s->text, i, s->text.len), str_c(bytes));
}

// --- space and comments

// White space of typeset text: U+0085, U+00A0, U+180E, U+2000 to U+200D and so on.
static size_t wide_space(const Sql *s, size_t i) {
  unsigned char a = byte(s, i), b = byte(s, i + 1), c = byte(s, i + 2);
  if (!s->rules->typographic)
    return i;
  if (a == 0xC2 && (b == 0x85 || b == 0xA0))
    return i + 2;
  bool found = (a == 0xE1 && b == 0xA0 && c == 0x8E) || (a == 0xE3 && b == 0x80 && c == 0x80) ||
               (a == 0xEF && b == 0xBB && c == 0xBF) ||
               (a == 0xE2 && b == 0x80 &&
                ((c >= 0x80 && c <= 0x8D) || c == 0xA8 || c == 0xA9 || c == 0xAF)) ||
               (a == 0xE2 && b == 0x81 && (c == 0x9F || c == 0xA0));
  return found ? i + 3 : i;
}

static size_t space(const Sql *s, size_t i) {
  for (;;) {
    size_t wide = wide_space(s, i);
    if (i < s->text.len && str_space_char(byte(s, i)))
      i++;
    else if (wide > i)
      i = wide;
    else
      return i;
  }
}

static bool line_ends(const Sql *s, unsigned char c) {
  return c == '\n' || (c == '\r' && s->rules->return_ends);
}

static size_t line_comment(const Sql *s, size_t i) {
  bool starts = here(s, i, "--") || (s->rules->slash_comments &&
                                     (here(s, i, "//") || here(s, i, "# ") || here(s, i, "#!")));
  while (starts && i < s->text.len && !line_ends(s, byte(s, i)))
    i++;
  return i;
}

// Comments in comments are counted.
static size_t block_comment(const Sql *s, size_t i, bool *open) {
  size_t depth = 0;
  if (!here(s, i, "/*"))
    return i;
  do {
    bool opens = here(s, i, "/*"), closes = here(s, i, "*/");
    depth = depth + opens - closes;
    i += opens || closes ? 2 : 1;
  } while (depth && i < s->text.len);
  *open = depth > 0;
  return i < s->text.len ? i : s->text.len;
}

// --- quotes

// Behind the quote that closes a text which starts before i; a doubled one is inside it.
static size_t quoted(const Sql *s, size_t i, char quote, bool backslash, bool doubled, bool *open) {
  for (; i < s->text.len; i++) {
    if (byte(s, i) == '\\' && backslash)
      i++;
    else if (s->text.ptr[i] == quote && doubled && byte(s, i + 1) == (unsigned char)quote)
      i++;
    else if (s->text.ptr[i] == quote)
      return i + 1;
  }
  *open = true;
  return s->text.len;
}

// Where a string goes on after one that ends at i: behind the quote on a later line. Only -- may
// stand between, and no line end after the last of them.
static size_t continues(const Sql *s, size_t i) {
  bool newline = false;
  for (size_t at = i; s->rules->joins_strings && at < s->text.len;) {
    size_t past = line_comment(s, at);
    newline |= line_ends(s, byte(s, at));
    if (byte(s, at) == '\'')
      return newline ? at + 1 : i;
    if (past == at && !str_space_char(byte(s, at)))
      return i;
    if (past > at && past == s->text.len)
      return i;
    at = past > at ? past : at + 1;
  }
  return i;
}

// '..' with what goes on on the next line; `from` is behind the first quote.
static size_t string(const Sql *s, size_t from, bool backslash, bool doubled, bool *open) {
  size_t end = quoted(s, from, '\'', backslash, doubled, open), next;
  while (!*open && (next = continues(s, end)) > end)
    end = quoted(s, next, '\'', backslash, doubled, open);
  return end;
}

// x'..' of ClickHouse: digits only, anything else in it leaves it open.
static size_t digits_string(const Sql *s, size_t i, bool *open) {
  bool hex = one_of("xX", byte(s, i));
  for (i += 2; hex ? str_hex_char(byte(s, i)) >= 0 : one_of("01", byte(s, i));)
    i++;
  *open = byte(s, i) != '\'';
  return *open ? s->text.len : i + 1;
}

// E'..', U&'..', U&"..", b'..', x'..': a letter and a quote.
static size_t prefixed(const Sql *s, size_t i, SqlToken *t) {
  const SqlRules *r = s->rules;
  unsigned char c = byte(s, i);
  bool quote = byte(s, i + 1) == '\'';
  t->kind = SQL_STRING;
  if (one_of(r->escaped, c) && quote)
    return string(s, i + 2, true, true, &t->open);
  if (one_of(r->bits, c) && quote && !r->heredocs)
    return string(s, i + 2, false, false, &t->open);
  if (one_of(r->bits, c) && quote && i + 2 < s->text.len)
    return digits_string(s, i, &t->open);
  if (!one_of(r->plain, c) || byte(s, i + 1) != '&')
    return i;
  if (byte(s, i + 2) == '\'')
    return string(s, i + 3, false, true, &t->open);
  t->kind = SQL_NAME;
  return byte(s, i + 2) == '"' ? quoted(s, i + 3, '"', false, true, &t->open) : i;
}

// $tag$ .. $tag$. ClickHouse takes it only where it is closed, and a tag that starts with a digit.
static size_t dollar_string(const Sql *s, size_t i, bool *open) {
  ptrdiff_t dollar = byte(s, i) == '$' ? str_find(s->text, STR("$"), i + 1) : -1;
  if (dollar < 0)
    return i;
  Str tag = str_sub(s->text, i, (size_t)dollar + 1);
  for (size_t k = 1; k + 1 < tag.len; k++)
    if (!in_word(s, (unsigned char)tag.ptr[k]))
      return i;
  if (!s->rules->heredocs && str_digit_char((unsigned char)tag.ptr[1]))
    return i;
  ptrdiff_t close = str_find(s->text, tag, i + tag.len);
  if (close >= 0)
    return (size_t)close + tag.len;
  *open = !s->rules->heredocs;
  return *open ? s->text.len : i;
}

// The quotes of typeset text: nothing is escaped in them.
static size_t typeset(const Sql *s, size_t i, SqlToken *t) {
  bool single = here(s, i, "\xE2\x80\x98");
  if (!s->rules->typographic || i + 5 >= s->text.len || !(single || here(s, i, "\xE2\x80\x9C")))
    return i;
  t->kind = single ? SQL_STRING : SQL_NAME;
  ptrdiff_t close = str_find(s->text, str_c(single ? "\xE2\x80\x99" : "\xE2\x80\x9D"), i + 3);
  t->open = close < 0;
  return t->open ? s->text.len : (size_t)close + 3;
}

static size_t in_quotes(const Sql *s, size_t i, SqlToken *t) {
  const SqlRules *r = s->rules;
  unsigned char c = byte(s, i);
  t->kind = SQL_STRING;
  if (c == '\'')
    return string(s, i + 1, r->backslash, true, &t->open);
  if (c == '$')
    return dollar_string(s, i, &t->open);
  if (c == 0xE2)
    return typeset(s, i, t);
  t->kind = SQL_NAME;
  if (c == '"' || (c == '`' && r->backquotes))
    return quoted(s, i + 1, (char)c, r->backslash_names, true, &t->open);
  return prefixed(s, i, t);
}

// --- words and numbers

// Digits, with a _ between two of them.
static size_t digits(const Sql *s, size_t i, bool hex) {
  size_t from = i;
  for (;; i++) {
    unsigned char c = byte(s, i), next = byte(s, i + 1);
    bool between = c == '_' && i > from && (hex ? str_hex_char(next) >= 0 : str_digit_char(next));
    if (!between && !(hex ? str_hex_char(c) >= 0 : str_digit_char(c)))
      return i;
  }
}

static size_t exponent(const Sql *s, size_t i, bool hex) {
  if (!one_of(hex ? "pP" : "eE", byte(s, i)) || i + 1 >= s->text.len)
    return i;
  size_t sign = i + 1 + (i + 2 < s->text.len && one_of("+-", byte(s, i + 1)));
  size_t end = digits(s, sign, false);
  return end > sign || s->rules->heredocs ? end : i;
}

// What stands before a dot that is no decimal point but leads to a part: x.1, f(x).1
static bool before_part(const Sql *s) {
  Str last = sql_text(s, &s->last);
  SqlKind k = s->last.kind;
  bool thing = k == SQL_WORD || k == SQL_NAME || k == SQL_NUMBER;
  return s->last.end && (thing || str_is(last, ")") || str_is(last, "]"));
}

static bool after_dot(const Sql *s) {
  return s->last.kind == SQL_SYMBOL && str_is(sql_text(s, &s->last), ".");
}

static size_t number_body(const Sql *s, size_t i) {
  bool clickhouse = s->rules->heredocs;
  bool hex = byte(s, i) == '0' && one_of("xX", byte(s, i + 1)) && str_hex_char(byte(s, i + 2)) >= 0;
  bool based = hex || (byte(s, i) == '0' && one_of(clickhouse ? "bB" : "bBoO", byte(s, i + 1)) &&
                       one_of(clickhouse ? "01" : "01234567", byte(s, i + 2)));
  if (clickhouse && byte(s, i) != '.' && after_dot(s))
    return digits(s, i, false);
  size_t end = digits(s, i + (based ? 2 : 0), hex);
  bool range = !clickhouse && here(s, end, ".."); // 1..10 in loops of PL/pgSQL
  if (byte(s, end) == '.' && !range && (clickhouse || !based))
    end = digits(s, end + 1, hex);
  return exponent(s, end, hex);
}

// A number, or a word that starts with digits. What follows at once belongs to it: an error in
// one database, a name in the other. A point that a text starts with is a number to ClickHouse.
static size_t number(const Sql *s, size_t i, SqlKind *kind) {
  bool clickhouse = s->rules->heredocs;
  bool point = byte(s, i) == '.' && (str_digit_char(byte(s, i + 1)) || (clickhouse && !i)) &&
               !(clickhouse && before_part(s));
  if (!str_digit_char(byte(s, i)) && !point)
    return i;
  size_t end = number_body(s, i), from = end;
  *kind = SQL_NUMBER;
  if (byte(s, end) == '$' || !in_word(s, byte(s, end)) || (clickhouse && point))
    return end;
  while (in_word(s, byte(s, end)) && !(clickhouse && byte(s, end) == '$'))
    end++;
  bool dotted = memchr(s->text.ptr + i, '.', from - i) || memchr(s->text.ptr + i, '+', from - i) ||
                memchr(s->text.ptr + i, '-', from - i);
  if (clickhouse)
    *kind = dotted ? SQL_SYMBOL : SQL_WORD;
  return end;
}

static size_t word(const Sql *s, size_t i) {
  if (i < s->text.len && starts_word(s, byte(s, i)) &&
      !(byte(s, i) == '$' && (byte(s, i + 1) == '$' || !in_word(s, byte(s, i + 1)))))
    do
      i++;
    while (in_word(s, byte(s, i)));
  return i;
}

// --- operators

// A run of operator characters that stops before a comment, and gives back + and - at its end
// unless it holds one that SQL's own operators have not.
static size_t operator_run(const Sql *s, size_t i) {
  size_t end = i;
  bool own = false;
  while (one_of(s->rules->operator_chars, byte(s, end)) && !here(s, end, "--") &&
         !here(s, end, "/*"))
    own |= one_of("~!@#^&|`?%", byte(s, end++));
  while (!own && end > i + 1 && one_of("+-", byte(s, end - 1)))
    end--;
  return end;
}

static size_t symbol(const Sql *s, size_t i) {
  size_t end = operator_run(s, i);
  if (end > i)
    return end;
  if (!s->rules->heredocs && (here(s, i, "::") || here(s, i, ":=") || here(s, i, "..")))
    return i + 2;
  for (const char *const *op = s->rules->operators; *op; op++)
    if (here(s, i, *op))
      return i + strlen(*op);
  if (s->rules->typographic && here(s, i, "\xE2\x88\x92"))
    return i + 3;
  if (byte(s, i) == '$' && str_digit_char(byte(s, i + 1)))
    return digits(s, i + 1, false);
  return i + 1;
}

// --- tokens

bool sql_next(Sql *s, SqlToken *t) {
  size_t at = s->at, end;
  *t = (SqlToken){.at = at, .end = at};
  if (at >= s->text.len)
    return false;
  if ((end = space(s, at)) > at)
    t->kind = SQL_SPACE;
  else if ((end = line_comment(s, at)) > at || (end = block_comment(s, at, &t->open)) > at)
    t->kind = SQL_COMMENT;
  else if ((end = number(s, at, &t->kind)) == at && (end = in_quotes(s, at, t)) == at) {
    t->kind = (end = word(s, at)) > at ? SQL_WORD : SQL_SYMBOL;
    end = end > at ? end : symbol(s, at);
  }
  t->end = s->at = end < s->text.len ? end : s->text.len;
  if (t->kind != SQL_SPACE && t->kind != SQL_COMMENT)
    s->last = *t;
  return true;
}

bool sql_solid(Sql *s, SqlToken *t) {
  while (sql_next(s, t))
    if (t->kind != SQL_SPACE && t->kind != SQL_COMMENT)
      return true;
  return false;
}

bool sql_is(const Sql *s, const SqlToken *t, const char *word) {
  return (t->kind == SQL_WORD || t->kind == SQL_SYMBOL) &&
         str_eq_nocase(sql_text(s, t), str_c(word));
}

bool sql_among(const Sql *s, const SqlToken *t, const char *const *words) {
  for (; *words; words++)
    if (sql_is(s, t, *words))
      return true;
  return false;
}
