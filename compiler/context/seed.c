// Seeds as tables: reads a CSV file once to learn its columns' names and types, as dbt infers them,
// in constant memory; reads its rows only when a template asks for them. The rows' way into the
// database is runtime/'s.
#include "internal.h"

#include "../base/utf8.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_COLUMNS = 100000, MAX_FIELD = 64 << 20 };

// --- what a text may be: bits that are cleared as values come

enum {
  MAY_INTEGER = 1,
  MAY_NUMBER = 2,
  MAY_DATE = 4,
  MAY_DATETIME = 8,
  MAY_ISO = 16,
  MAY_BOOLEAN = 32,
  MAY_ALL = 63
};

static bool is_null(Str s) { return !s.len || str_eq_nocase(s, STR("null")); }

static bool digit(Str s, size_t i) { return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; }

// digits[.digits][e[+-]digits] with a sign. *whole: no fraction and no exponent.
static bool number(Str s, bool *whole) {
  size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'), digits = 0;
  *whole = true;
  for (; digit(s, i); i++)
    digits++;
  if (i < s.len && s.ptr[i] == '.') {
    *whole = false;
    for (i++; digit(s, i); i++)
      digits++;
  }
  if (digits && i < s.len && (s.ptr[i] | 32) == 'e') {
    *whole = false;
    i += 1 + (i + 1 < s.len && (s.ptr[i + 1] == '-' || s.ptr[i + 1] == '+'));
    if (!digit(s, i))
      return false;
    while (digit(s, i))
      i++;
  }
  return digits && i == s.len;
}

// "$1,234.50", "5%", "1_000": what dbt's reader takes for numbers too. Without what is decoration.
static Str undecorated(Str s, char *room, size_t size) {
  size_t n = 0;
  bool plain = true;
  for (size_t i = 0; i < s.len && n < size; i++) {
    char c = s.ptr[i];
    bool drop =
        c == ',' || c == '$' || c == '%' || (c == '_' && i && digit(s, i - 1) && digit(s, i + 1));
    if (drop)
      plain = false;
    else
      room[n++] = c;
  }
  return plain || s.len > size ? s : str_n(room, n);
}

static bool fits_32(Str s) {
  bool negative = s.len && s.ptr[0] == '-';
  int64_t n = 0;
  for (size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'); i < s.len; i++) {
    n = n * 10 + (s.ptr[i] - '0');
    if (n > (int64_t)INT32_MAX + negative)
      return false;
  }
  return true;
}

static bool take(Str s, size_t *i, int least, int most, int *out) {
  int n = 0;
  *out = 0;
  for (; n < most && digit(s, *i); n++, (*i)++)
    *out = *out * 10 + (s.ptr[*i] - '0');
  return n >= least;
}
static bool take_char(Str s, size_t *i, char c) {
  if (*i >= s.len || s.ptr[*i] != c)
    return false;
  ++*i;
  return true;
}

static bool take_date(Str s, size_t *i) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int y, m, d;
  if (!take(s, i, 4, 4, &y) || !take_char(s, i, '-') || !take(s, i, 1, 2, &m) ||
      !take_char(s, i, '-') || !take(s, i, 1, 2, &d))
    return false;
  bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] + (m == 2 && leap);
}

// HH[:MM[:SS[.fff]]]; with_seconds: exactly HH:MM:SS.
static bool take_time(Str s, size_t *i, bool with_seconds) {
  int h, m = 0, sec = 0, fraction;
  if (!take(s, i, with_seconds ? 1 : 2, 2, &h) || h > 23)
    return false;
  bool minutes = take_char(s, i, ':');
  if (minutes && (!take(s, i, with_seconds ? 1 : 2, 2, &m) || m > 59))
    return false;
  bool seconds = minutes && take_char(s, i, ':');
  if (seconds && (!take(s, i, with_seconds ? 1 : 2, 2, &sec) || sec > 59))
    return false;
  if (with_seconds)
    return seconds;
  if (seconds && take_char(s, i, '.') && !take(s, i, 1, 9, &fraction))
    return false;
  return true;
}

static bool take_zone(Str s, size_t *i) {
  int h, m;
  if (*i == s.len || take_char(s, i, 'Z'))
    return true;
  if (!take_char(s, i, '+') && !take_char(s, i, '-'))
    return false;
  if (!take(s, i, 2, 2, &h))
    return false;
  take_char(s, i, ':');
  return *i == s.len || take(s, i, 2, 2, &m);
}

static unsigned may_be(Str s, bool *wide) {
  bool whole;
  size_t i = 0;
  char room[64];
  Str bare = undecorated(s, room, sizeof room);
  if (number(bare, &whole)) {
    *wide = whole && !fits_32(bare);
    return whole ? MAY_INTEGER | MAY_NUMBER : MAY_NUMBER;
  }
  if (str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("false")))
    return MAY_BOOLEAN;
  if (!take_date(s, &i))
    return 0;
  if (i == s.len)
    return MAY_DATE;
  char between = s.ptr[i++];
  if (between == ' ')
    return take_time(s, &i, true) && i == s.len ? MAY_DATETIME : 0;
  return between == 'T' && take_time(s, &i, false) && take_zone(s, &i) && i == s.len ? MAY_ISO : 0;
}

static TableKind kind_of(unsigned may, bool seen) {
  return !seen                            ? KIND_NULL
         : may & MAY_INTEGER              ? KIND_INTEGER
         : may & MAY_NUMBER               ? KIND_NUMBER
         : may & MAY_DATE                 ? KIND_DATE
         : may & (MAY_DATETIME | MAY_ISO) ? KIND_DATETIME
         : may & MAY_BOOLEAN              ? KIND_BOOLEAN
                                          : KIND_TEXT;
}

// --- reading. Nothing here fails by leaving: the file is closed before an error is reported.

typedef struct Reader {
  FILE *file;
  char delimiter;
  char in[64 << 10];
  size_t at, have;
  Buf field; // in the arena
  uint64_t line;
  Str trouble; // empty: none
  Arena *arena;
} Reader;

static int next_byte(Reader *r) {
  if (r->at == r->have) {
    r->have = fread(r->in, 1, sizeof r->in, r->file);
    r->at = 0;
    if (!r->have)
      return EOF;
  }
  return (unsigned char)r->in[r->at++];
}
static int peek_byte(Reader *r) {
  int c = next_byte(r);
  if (c != EOF)
    r->at--;
  return c;
}

static void add_byte(Reader *r, int c) {
  if (r->field.len >= MAX_FIELD) {
    if (!r->trouble.len)
      r->trouble =
          str_fmt(r->arena, "line %llu has a field of more than 64 MB: is a quote missing?",
                  (unsigned long long)r->line);
    return;
  }
  buf_addc(&r->field, (char)c);
}

// One field into r->field. What ended it: the delimiter, '\n' or EOF. A quote counts at the start.
static int read_field(Reader *r) {
  r->field.len = 0;
  int c = next_byte(r);
  if (c == '"') {
    uint64_t opened = r->line;
    for (;;) {
      c = next_byte(r);
      if (c == EOF) {
        if (!r->trouble.len)
          r->trouble = str_fmt(r->arena, "line %llu opens a quote that is never closed",
                               (unsigned long long)opened);
        return EOF;
      }
      if (c == '"') {
        if (peek_byte(r) != '"')
          break;
        next_byte(r);
      }
      r->line += c == '\n';
      add_byte(r, c);
    }
    c = next_byte(r);
  }
  for (; c != EOF && c != '\n' && c != (unsigned char)r->delimiter; c = next_byte(r)) {
    if (c == '\r' && (peek_byte(r) == '\n' || peek_byte(r) == EOF))
      continue;
    add_byte(r, c);
  }
  r->line += c == '\n';
  return c;
}

static bool open_reader(Reader *r, Arena *a, Str path, char delimiter) {
  memset(r, 0, sizeof *r);
  r->arena = a;
  r->field.arena = a;
  r->delimiter = delimiter;
  r->line = 1;
  r->file = fopen(str_cstr(a, path), "rb");
  if (!r->file) {
    r->trouble = str_fmt(a, "cannot be read: %s", strerror(errno));
    return false;
  }
  for (int i = 0, c; i < 3; i++) { // a byte-order mark
    static const int bom[] = {0xEF, 0xBB, 0xBF};
    if ((c = peek_byte(r)) != bom[i])
      break;
    next_byte(r);
  }
  return true;
}

typedef VEC(Str) StrVec;

static void read_header(Reader *r, StrVec *names) {
  int end;
  do {
    end = read_field(r);
    vec_push(r->arena, names, str_dup(r->arena, buf_str(&r->field)));
  } while (end == (unsigned char)r->delimiter && names->n < MAX_COLUMNS && !r->trouble.len);
  if (names->n == 1 && !names->items[0].len && end == EOF)
    names->n = 0;
  if (names->n >= MAX_COLUMNS && !r->trouble.len)
    r->trouble = str_fmt(r->arena, "has more than %d columns", (int)MAX_COLUMNS);
}

// One row: each(column, text) for its fields. False: the end, or trouble.
static bool read_row(Reader *r, size_t ncolumns, void (*each)(void *data, size_t column, Str text),
                     void *data) {
  uint64_t line = r->line;
  if (peek_byte(r) == EOF || r->trouble.len)
    return false;
  size_t i = 0;
  int end;
  do {
    end = read_field(r);
    if (i < ncolumns)
      each(data, i, buf_str(&r->field));
    else if (r->field.len && !r->trouble.len)
      r->trouble = str_fmt(r->arena, "line %llu has more than the %zu fields of the header",
                           (unsigned long long)line, ncolumns);
    i++;
  } while (end == (unsigned char)r->delimiter);
  return !r->trouble.len;
}

typedef struct Guess {
  unsigned *may;
  bool *seen, *wide, *gaps;
  Reader *reader;
} Guess;

static void guess(void *data, size_t i, Str text) {
  Guess *g = data;
  Str s = str_trim(text);
  if (is_null(s)) {
    g->gaps[i] = true;
    return;
  }
  if (!g->reader->trouble.len && utf8_invalid(s) >= 0)
    g->reader->trouble = str_fmt(g->reader->arena, "line %llu is not UTF-8: save the file as UTF-8",
                                 (unsigned long long)g->reader->line - 1);
  bool wide = false;
  g->may[i] &= may_be(s, &wide);
  g->seen[i] = true;
  g->wide[i] |= wide;
}

static _Noreturn void seed_fail(Eval *ev, Str shown, Str trouble) {
  diag_error(eval_options(ev)->diags, shown, "%.*s", STR_ARG(trouble));
  eval_abort(ev);
}

TableObj *context_seed_table(Eval *ev, Context *c, const Node *n) {
  Arena *a = c->arena;
  Str path = str_fmt(a, "%.*s/%.*s", STR_ARG(n->package->root), STR_ARG(n->original_path));
  Value delimiter = node_config(n, STR("delimiter"));
  if (delimiter.kind == VAL_STR && delimiter.len != 1)
    eval_fail(ev, "the config delimiter of a seed is one character, not '%.*s'",
              STR_ARG(val_text(delimiter)));
  Reader *r = arena_new(a, Reader);
  StrVec names = {0};
  Guess g = {0};
  char comma = delimiter.kind == VAL_STR ? delimiter.s[0] : ',';
  if (open_reader(r, a, path, comma)) {
    read_header(r, &names);
    g = (Guess){arena_array(a, unsigned, names.n + 1), arena_array(a, bool, names.n + 1),
                arena_array(a, bool, names.n + 1), arena_array(a, bool, names.n + 1), r};
    for (size_t i = 0; i < names.n; i++)
      g.may[i] = MAY_ALL;
    while (read_row(r, names.n, guess, &g))
      ;
    fclose(r->file);
  }
  if (!r->trouble.len && !names.n)
    r->trouble = STR("the file is empty: a seed needs a header line with the names of its columns");
  if (r->trouble.len)
    seed_fail(ev, n->original_path, r->trouble);
  TableObj *t = table_new(a, names.items, names.n);
  Value types = node_config(n, STR("column_types"));
  t->wide = g.wide;
  t->gaps = g.gaps;
  t->path = path;
  t->delimiter = comma;
  t->unread = true;
  for (size_t i = 0; i < names.n; i++)
    t->kinds[i] =
        is_absent(val_get(types, t->names[i])) ? (uint8_t)kind_of(g.may[i], g.seen[i]) : KIND_TEXT;
  return t;
}

// --- rows, for templates that look at them

typedef struct Cells {
  Arena *arena;
  TableObj *table;
  Value row;
} Cells;

static Value cell(Arena *a, uint8_t kind, Str text) {
  Str s = str_trim(text);
  Value v;
  if (is_null(s))
    return val_none();
  char room[64];
  bool numeric = kind == KIND_INTEGER || kind == KIND_NUMBER;
  if (numeric && decimal_parse(a, str_dup(a, undecorated(s, room, sizeof room)), &v))
    return v;
  if (kind == KIND_BOOLEAN)
    return val_bool(str_eq_nocase(s, STR("true")));
  if ((kind == KIND_DATE || kind == KIND_DATETIME) && datetime_parse(a, str_dup(a, s), &v))
    return v;
  return val_str(str_dup(a, text));
}

static void add_cell(void *data, size_t i, Str text) {
  Cells *c = data;
  list_push(c->arena, c->row.list, cell(c->arena, c->table->kinds[i], text));
}

void context_seed_rows(Eval *ev, TableObj *t) {
  Arena *a = context_of(ev)->arena;
  Reader *r = arena_new(a, Reader);
  StrVec names = {0};
  t->unread = false;
  if (open_reader(r, a, t->path, t->delimiter)) {
    read_header(r, &names);
    Cells c = {a, t, val_tuple(a, t->ncolumns)};
    while (read_row(r, t->ncolumns, add_cell, &c)) {
      table_add_row(a, t, c.row);
      c.row = val_tuple(a, t->ncolumns);
    }
    fclose(r->file);
  }
  if (r->trouble.len)
    seed_fail(ev, t->path, r->trouble);
}
