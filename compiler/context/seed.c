// Seeds as tables: reads a CSV file once to learn its columns' names and types, as dbt infers them,
// in constant memory; reads its rows only when a template asks for them. The rows' way into the
// database is runtime/'s.
#include "internal.h"

#include "../base/csv.h"

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

static unsigned may_be(Str s, bool *wide, bool *fraction) {
  bool whole;
  size_t i = 0;
  char room[64];
  Str bare = undecorated(s, room, sizeof room);
  if (number(bare, &whole)) {
    Str digits;
    *fraction = !csv_whole(s, room, sizeof room, &digits);
    *wide = !*fraction && !fits_32(digits);
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

typedef VEC(Str) StrVec;

typedef struct Header {
  Arena *arena;
  StrVec names;
} Header;

static void add_name(void *data, size_t i, Str text) {
  (void)i;
  Header *h = data;
  vec_push(h->arena, &h->names, str_dup(h->arena, text));
}

typedef struct Guess {
  unsigned *may;
  bool *seen, *wide, *gaps, *fraction;
} Guess;

static void guess(void *data, size_t i, Str text) {
  Guess *g = data;
  Str s = str_trim(text);
  if (csv_is_null(s)) {
    g->gaps[i] = true;
    return;
  }
  bool wide = false, fraction = false;
  if (g->may[i])
    g->may[i] &= may_be(s, &wide, &fraction);
  g->seen[i] = true;
  g->wide[i] |= wide;
  g->fraction[i] |= fraction;
}

// Reports what is wrong with the file at its line, and ends the evaluation.
static _Noreturn void seed_fail(Eval *ev, Csv *c, Str shown) {
  Diags *d = eval_options(ev)->diags;
  Span span = {0};
  const Source *src = c->file ? csv_trouble_source(c, shown, &span) : NULL;
  Diag *f = src ? diag_at(d, SEV_ERROR, CODE_CSV_SYNTAX, src, span, "%.*s", STR_ARG(c->trouble))
                : diag_error(d, CODE_CSV_SYNTAX, shown, "%.*s", STR_ARG(c->trouble));
  if (c->hint.len)
    diag_hint(d, f, "%.*s", STR_ARG(c->hint));
  if (c->file)
    csv_close(c);
  eval_abort(ev);
}

TableObj *context_seed_table(Eval *ev, Context *c, const Node *n) {
  Arena *a = c->arena;
  Str path = str_fmt(a, "%.*s/%.*s", STR_ARG(n->package->root), STR_ARG(n->original_path));
  Value delimiter = node_config(n, STR("delimiter"));
  if (delimiter.kind == VAL_STR && delimiter.len != 1)
    eval_fail_code(ev, CODE_CONFIG_VALUE,
                   "the config delimiter of a seed is one character, not '%.*s'",
                   STR_ARG(val_text(delimiter)));
  Csv *r = arena_new(a, Csv);
  Header h = {.arena = a};
  Guess g = {0};
  char comma = delimiter.kind == VAL_STR ? delimiter.s[0] : ',';
  if (csv_open(r, a, path, comma)) {
    csv_row(r, 0, add_name, &h);
    size_t ncolumns = h.names.n;
    g = (Guess){arena_array(a, unsigned, ncolumns + 1), arena_array(a, bool, ncolumns + 1),
                arena_array(a, bool, ncolumns + 1), arena_array(a, bool, ncolumns + 1),
                arena_array(a, bool, ncolumns + 1)};
    for (size_t i = 0; i < ncolumns; i++)
      g.may[i] = MAY_ALL;
    while (ncolumns && csv_row(r, ncolumns, guess, &g))
      ;
  }
  if (!r->trouble.len && (!h.names.n || (h.names.n == 1 && !h.names.items[0].len))) {
    r->trouble = STR("the file is empty");
    r->hint = STR("a seed starts with a line that names its columns");
  }
  if (r->trouble.len)
    seed_fail(ev, r, n->original_path);
  csv_close(r);
  TableObj *t = table_new(a, h.names.items, h.names.n);
  Value types = node_config(n, STR("column_types"));
  t->wide = g.wide;
  t->fraction = g.fraction;
  t->gaps = g.gaps;
  t->path = path;
  t->delimiter = comma;
  t->unread = true;
  for (size_t i = 0; i < h.names.n; i++)
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
  if (csv_is_null(s))
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
  Csv *r = arena_new(a, Csv);
  Header h = {.arena = a};
  t->unread = false;
  if (csv_open(r, a, t->path, t->delimiter)) {
    csv_row(r, 0, add_name, &h);
    Cells c = {a, t, val_tuple(a, t->ncolumns)};
    while (csv_row(r, t->ncolumns, add_cell, &c)) {
      while (c.row.list->n < t->ncolumns) // a short row
        list_push(a, c.row.list, val_none());
      table_add_row(a, t, c.row);
      c.row = val_tuple(a, t->ncolumns);
    }
  }
  if (r->trouble.len)
    seed_fail(ev, r, t->path);
  csv_close(r);
}
