// Seeds as tables: reads a CSV file once to learn its columns' names and types, as dbt infers them,
// in constant memory; reads its rows only when a template asks for them. The rows' way into the
// database is runtime/'s.
#include "seed.h"

#include "relation.h"
#include "table.h"

#include "../base/belt.h"
#include "../base/csv.h"
#include "../base/vec.h"
#include "../graph/config_place.h"
#include "ask.h"
#include "evaluation.h"

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

// Of the time dbt reads in two forms: H:M:S behind a blank, and ISO 8601 behind a T.
static unsigned moment_kind(const CellMoment *m) {
  if (m->impossible || m->mark != '-')
    return 0;
  if (!m->timed)
    return MAY_DATE;
  if (m->between == ' ')
    return m->seconds && !m->fraction.ptr && !m->zoned ? MAY_DATETIME : 0;
  return m->two_digits ? MAY_ISO : 0;
}

// Clears the bits of the types that do not hold the number (or the moment).
static void keep_types(uint16_t *bits, const CellType *const *types, const CellNumber *number,
                       const CellMoment *moment) {
  for (unsigned i = 0; types[i]; i++)
    if (*bits >> i & 1 && (number ? cell_holds_number(types[i], number)
                                  : cell_holds_moment(types[i], moment)) != CELL_FITS)
      *bits &= (uint16_t) ~(1u << i);
}

// The dialect's types of seeds, read once for a file.
typedef struct SeedTypes {
  const CellType *integer[16], *number[16], *date[16], *datetime[16];
} SeedTypes;

static void read_types(Arena *a, const Dialect *d, SeedKind kind, const CellType **to) {
  const char *const *names = d->seed_types[kind];
  for (size_t i = 0; names[i]; i++)
    to[i] = d->cell_type(a, str_c(names[i]));
}

static SeedTypes *types_of(Arena *a, const Dialect *d) {
  SeedTypes *t = arena_new(a, SeedTypes);
  read_types(a, d, SEED_INTEGER, t->integer);
  read_types(a, d, SEED_NUMBER, t->number);
  read_types(a, d, SEED_DATE, t->date);
  read_types(a, d, SEED_DATETIME, t->datetime);
  return t;
}

void cell_needs_init(CellNeeds *n) {
  *n = (CellNeeds){
      .integer = UINT16_MAX, .number = UINT16_MAX, .date = UINT16_MAX, .datetime = UINT16_MAX};
}

static void need_number(CellNeeds *n, const SeedTypes *t, const CellNumber *x) {
  long behind = (long)x->n - x->point;
  n->fraction |= !cell_is_whole(x);
  n->words |= x->nan || x->infinite;
  n->finite |= !x->nan && !x->infinite;
  n->before = x->point > n->before ? x->point : n->before;
  n->behind = behind > n->behind ? behind : n->behind;
  if (!n->fraction && (x->point > 9 || x->negative)) // every type holds the others
    keep_types(&n->integer, t->integer, x, NULL);
  keep_types(&n->number, t->number, x, NULL);
}

// What a cell may be, and what it needs.
static unsigned may_be(Str s, CellNeeds *n, const SeedTypes *t) {
  CellNumber x;
  CellMoment m;
  bool marks;
  if (cell_loose_number(s, &x, &marks)) {
    need_number(n, t, &x);
    return x.whole_text ? MAY_INTEGER | MAY_NUMBER : MAY_NUMBER;
  }
  if (str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("false")))
    return MAY_BOOLEAN;
  if (!cell_moment(s, &m))
    return 0;
  unsigned kind = moment_kind(&m);
  if (kind == MAY_DATE)
    keep_types(&n->date, t->date, NULL, &m);
  else if (kind)
    keep_types(&n->datetime, t->datetime, NULL, &m);
  return kind;
}

static TableKind kind_of(unsigned may, bool seen, const CellNeeds *n) {
  bool finite = n->finite || !n->words; // of "Nan" alone a name is likelier
  return !seen                            ? KIND_NULL
         : may & MAY_INTEGER              ? KIND_INTEGER
         : may & MAY_NUMBER && finite     ? KIND_NUMBER
         : may & MAY_DATE                 ? KIND_DATE
         : may & (MAY_DATETIME | MAY_ISO) ? KIND_DATETIME
         : may & MAY_BOOLEAN              ? KIND_BOOLEAN
                                          : KIND_TEXT;
}

// --- reading. Nothing here fails by leaving: the file is closed before an error is reported.

typedef VEC(Str) StrVec;

typedef VEC(CsvPlace) PlaceVec;

typedef struct Header {
  Arena *arena;
  const Csv *csv;
  StrVec names;
  PlaceVec places;
} Header;

static void add_name(void *data, size_t i, Str text) {
  (void)i;
  Header *h = data;
  vec_push(h->arena, &h->names, str_dup(h->arena, text));
  vec_push(h->arena, &h->places, h->csv->here);
}

typedef struct Guess {
  const SeedTypes *types;
  unsigned *may;
  bool *seen;
  CellNeeds *needs;
} Guess;

static void guess(void *data, size_t i, Str text) {
  Guess *g = data;
  Str s = str_trim(text);
  if (csv_is_null(s)) {
    g->needs[i].gaps = true;
    return;
  }
  if (g->may[i])
    g->may[i] &= may_be(s, &g->needs[i], g->types);
  g->seen[i] = true;
}

enum { PLACES = 3 };

// Places of one kind in a file: the first ones, and how many there are.
typedef struct Places {
  CsvPlace at[PLACES];
  size_t n;
} Places;

static void add_place(Places *p, CsvPlace at) {
  if (p->n < PLACES)
    p->at[p->n] = at;
  p->n++;
}

static Guess guess_new(Arena *a, const SeedTypes *types, size_t ncolumns) {
  Guess g = {types, arena_array(a, unsigned, ncolumns + 1), arena_array(a, bool, ncolumns + 1),
             arena_array(a, CellNeeds, ncolumns + 1)};
  return g;
}

static void guess_begin(Guess *g, size_t ncolumns) {
  for (size_t i = 0; i < ncolumns; i++) {
    g->may[i] = MAY_ALL;
    g->seen[i] = false;
    cell_needs_init(&g->needs[i]);
  }
}

// What the rows of two parts may be, and need.
static void guess_add(Guess *to, const Guess *g, size_t ncolumns) {
  for (size_t i = 0; i < ncolumns; i++) {
    CellNeeds *n = &to->needs[i];
    const CellNeeds *more = &g->needs[i];
    to->may[i] &= g->may[i];
    to->seen[i] |= g->seen[i];
    n->integer &= more->integer;
    n->number &= more->number;
    n->date &= more->date;
    n->datetime &= more->datetime;
    n->fraction |= more->fraction;
    n->words |= more->words;
    n->finite |= more->finite;
    n->gaps |= more->gaps;
    n->before = more->before > n->before ? more->before : n->before;
    n->behind = more->behind > n->behind ? more->behind : n->behind;
  }
}

// --- the rows, in parts of the file that are read at once

// A part: what its cells may be, and lines to warn of.
typedef struct GuessPart {
  Arena arena;
  Csv csv;
  Guess guess;
  Places blank, brief;
} GuessPart;

typedef struct Guessing {
  CsvParts parts;
  size_t ncolumns;
} Guessing;

static bool take_part(void *data, void *slot) {
  Guessing *all = data;
  GuessPart *p = slot;
  return csv_part_next(&all->parts, &p->csv, &p->arena);
}

// Fields that a row leaves out at its end are empty ones.
static void guess_part(void *data, void *slot) {
  const Guessing *all = data;
  GuessPart *p = slot;
  Csv *c = &p->csv;
  guess_begin(&p->guess, all->ncolumns);
  p->blank.n = p->brief.n = 0;
  while (csv_row(c, all->ncolumns, guess, &p->guess)) {
    if (c->fields == all->ncolumns)
      continue;
    add_place(c->blank ? &p->blank : &p->brief, c->here);
    for (size_t i = c->fields; i < all->ncolumns; i++)
      p->guess.needs[i].gaps = true;
  }
}

static void add_places(Places *to, const Places *of_part, const Csv *whole) {
  for (size_t i = 0; i < of_part->n && i < PLACES; i++)
    add_place(to, csv_part_place(whole, of_part->at[i]));
  to->n += of_part->n > PLACES ? of_part->n - PLACES : 0;
}

// Reads all rows behind the header.
static void guess_rows(Csv *r, size_t ncolumns, Guess *g, Places *blank, Places *brief) {
  Guessing all = {.ncolumns = ncolumns};
  csv_parts(&all.parts, r);
  size_t threads = csv_parts_readers(&all.parts), nparts = threads ? threads + 2 : 1;
  GuessPart *parts = arena_array(r->arena, GuessPart, nparts), *p;
  for (size_t i = 0; i < nparts; i++)
    parts[i].guess = guess_new(r->arena, g->types, ncolumns);
  guess_begin(g, ncolumns);
  BeltWork work = {take_part, guess_part, &all, parts, sizeof *parts, nparts};
  Belt *belt = belt_new(&work, threads);
  while (!r->trouble.len && (p = belt_next(belt))) {
    add_places(blank, &p->blank, r);
    add_places(brief, &p->brief, r);
    guess_add(g, &p->guess, ncolumns);
    csv_part_add(r, &p->csv);
  }
  belt_free(belt);
  r->trouble = str_dup(r->arena, r->trouble);
  for (size_t i = 0; i < nparts; i++)
    arena_free(&parts[i].arena);
}

// --- findings

// Reports what is wrong with the file at its line, and ends the evaluation.
static _Noreturn void seed_fail(Eval *ev, Csv *c, Str shown) {
  Diags *d = eval_options(ev)->diags;
  Span span = {0};
  const Source *src = c->file ? csv_source(c, c->bad, shown, &span) : NULL;
  Diag *f = src ? diag_at(d, SEV_ERROR, CODE_CSV_SYNTAX, src, span, "%.*s", STR_ARG(c->trouble))
                : diag_error(d, CODE_CSV_SYNTAX, shown, "%.*s", STR_ARG(c->trouble));
  if (c->hint.len)
    diag_hint(d, f, "%.*s", STR_ARG(c->hint));
  if (c->file)
    csv_close(c);
  eval_abort(ev);
}

static Diag *warn_at_place(Diags *d, Csv *r, CsvPlace place, Str shown, const char *text) {
  Span span = {0};
  const Source *src = csv_source(r, place, shown, &span);
  return diag_at(d, SEV_WARNING, CODE_SEED_FILE, src, span, "%s", text);
}

// One warning about all places of a kind.
static void warn_places(Diags *d, Csv *r, const Places *p, Str shown, const char *text,
                        const char *hint) {
  if (!p->n)
    return;
  Diag *f = warn_at_place(d, r, p->at[0], shown, text);
  diag_hint(d, f, "%s", hint);
  for (size_t i = 1; i < p->n && i < PLACES; i++) {
    Span span = {0};
    const Source *src = csv_source(r, p->at[i], shown, &span);
    diag_note(d, f, src, span, "here, too");
  }
  if (p->n > PLACES)
    diag_note(d, f, NULL, (Span){0}, "and in %zu more lines", p->n - PLACES);
}

// Types for columns that are not there, where one of a like name is: `column_types` of a folder is
// for many seeds, so others are let be.
static void warn_types(Diags *d, const Context *c, const Node *n, const Header *h) {
  Value types = node_config(n, STR("column_types"));
  const Str *names = h->names.items;
  size_t at = 0;
  for (DictEntry *e; types.kind == VAL_DICT && (e = dict_next(types.dict, &at));) {
    Str name = val_to_str(c->arena, e->key);
    bool there = false;
    for (size_t i = 0; i < h->names.n && !there; i++)
      there = str_eq(names[i], name);
    if (there || !str_nearest(name, names, h->names.n).len)
      continue;
    const Source *src = NULL;
    Span span = {0};
    node_config_word_of(n, c->shared->project->packages[0], STR("column_types"), name, &src, &span);
    Diag *f = diag_at(d, SEV_WARNING, CODE_SEED_FILE, src, span,
                      "the seed '%.*s' has no column '%.*s' to give a type", STR_ARG(n->name),
                      STR_ARG(name));
    diag_nearest(d, f, name, names, h->names.n);
  }
}

// The delimiter that a file seems to have, whose header is one name with the configured one; 0:
// none.
static char other_delimiter(const Header *h) {
  if (h->names.n != 1)
    return 0;
  for (const char *c = ";\t|,"; *c; c++)
    if (str_find(h->names.items[0], str_n(c, 1), 0) > 0)
      return *c;
  return 0;
}

static const char *delimiter_hint(char c) {
  return c == '\t'  ? "is the delimiter a tab? config: {delimiter: \"\\t\"}"
         : c == ';' ? "is the delimiter ';'? config: {delimiter: ';'}"
         : c == '|' ? "is the delimiter '|'? config: {delimiter: '|'}"
                    : "is the delimiter ','? config: {delimiter: ','}";
}

// Names that dbt gives to columns of its own accord: a second "a" is a_2, "" is a letter.
static void warn_header(Diags *d, Csv *r, const Header *h, const TableObj *t, Str shown) {
  char other = other_delimiter(h);
  if (other)
    diag_hint(d, warn_at_place(d, r, h->places.items[0], shown, "the header is one column"), "%s",
              delimiter_hint(other));
  for (size_t i = 0; i < h->names.n; i++) {
    Str name = h->names.items[i];
    if (str_eq(name, t->names[i]))
      continue;
    Diag *f = warn_at_place(d, r, h->places.items[i], shown,
                            name.len ? "a second column of this name" : "a column without a name");
    diag_hint(d, f, "it is loaded as '%.*s'", STR_ARG(t->names[i]));
  }
}

// --- the table

static char delimiter_of(Eval *ev, const Node *n) {
  Value v = node_config(n, STR("delimiter"));
  if (v.kind == VAL_STR && v.len != 1)
    eval_fail_hint(ev, CODE_CONFIG_VALUE, STR("a tab is \"\\t\" in double quotes"),
                   "the config delimiter of a seed is one character, not '%.*s'",
                   STR_ARG(val_text(v)));
  return v.kind == VAL_STR ? v.s[0] : ',';
}

static void check_header(Csv *r, const Header *h) {
  bool empty = !h->names.n || (h->names.n == 1 && !h->names.items[0].len);
  if (!r->trouble.len && empty) {
    r->trouble = STR("the file is empty");
    r->hint = STR("a seed starts with a line that names its columns");
  } else if (r->trouble.len && other_delimiter(h)) {
    r->hint = str_c(delimiter_hint(other_delimiter(h)));
  }
}

// The table of what was read; its rows stay in the file.
static TableObj *table_of(Arena *a, const Node *n, const Csv *r, const Header *h, const Guess *g) {
  TableObj *t = table_new(a, h->names.items, h->names.n);
  Value types = node_config(n, STR("column_types"));
  t->needs = g->needs;
  t->path = str_fmt(a, "%.*s/%.*s", STR_ARG(n->package->root), STR_ARG(n->original_path));
  t->delimiter = r->delimiter;
  t->unread = true;
  for (size_t i = 0; i < h->names.n; i++)
    t->kinds[i] = val_is_absent(val_get(types, t->names[i]))
                      ? (uint8_t)kind_of(g->may[i], g->seen[i], &g->needs[i])
                      : KIND_TEXT;
  return t;
}

TableObj *context_seed_table(Eval *ev, Context *c, const Node *n) {
  Arena *a = c->arena;
  Str path = str_fmt(a, "%.*s/%.*s", STR_ARG(n->package->root), STR_ARG(n->original_path));
  Csv *r = arena_new(a, Csv);
  Header h = {.arena = a, .csv = r};
  Guess g = {0};
  Places blank = {0}, brief = {0};
  if (csv_open(r, a, path, delimiter_of(ev, n)) && csv_row(r, 0, add_name, &h)) {
    g = guess_new(a, types_of(a, c->shared->dialect), h.names.n);
    guess_rows(r, h.names.n, &g, &blank, &brief);
  }
  check_header(r, &h);
  if (r->trouble.len)
    seed_fail(ev, r, n->original_path);
  TableObj *t = table_of(a, n, r, &h, &g);
  Diags d = {0};
  diags_init(&d);
  warn_header(&d, r, &h, t, n->original_path);
  warn_types(&d, c, n, &h);
  if (h.names.n > 1)
    warn_places(&d, r, &blank, n->original_path, "an empty line is a row of NULL",
                "dbt loads it so, too");
  warn_places(&d, r, &brief, n->original_path, "the row is shorter than the header",
              "the columns that it leaves out are NULL");
  csv_close(r);
  context_say_warnings(ev, &d);
  return t;
}

// --- its types

static SeedKind seed_kind(const TableObj *t, size_t i, const CellNeeds *n) {
  static const uint8_t kinds[] = {
      [KIND_NULL] = SEED_INTEGER,    [KIND_INTEGER] = SEED_INTEGER, [KIND_NUMBER] = SEED_NUMBER,
      [KIND_BOOLEAN] = SEED_BOOLEAN, [KIND_DATE] = SEED_DATE,       [KIND_DATETIME] = SEED_DATETIME,
      [KIND_TEXT] = SEED_TEXT};
  SeedKind kind = (SeedKind)kinds[t->kinds[i]];
  return kind == SEED_NUMBER && !n->fraction ? SEED_INTEGER : kind; // 100.00
}

static Str type_of_digits(Arena *a, const Dialect *d, const CellNeeds *n) {
  bool fits = n->before + n->behind <= CELL_DECIMAL_MOST && !n->words;
  return !d->exact_number || !fits ? (Str){0}
                                   : d->exact_number(a, n->before + n->behind, n->behind);
}

// The first type of its kind that holds every cell; if none does the widest, and the cells are
// reported when they are loaded.
static Str type_for(Arena *a, const Dialect *d, SeedKind kind, const CellNeeds *n) {
  uint16_t bits = kind == SEED_INTEGER    ? n->integer
                  : kind == SEED_NUMBER   ? n->number
                  : kind == SEED_DATE     ? n->date
                  : kind == SEED_DATETIME ? n->datetime
                                          : UINT16_MAX;
  const char *const *names = d->seed_types[kind];
  size_t i = 0;
  while (names[i] && !(bits >> i & 1))
    i++;
  if (names[i])
    return str_c(names[i]);
  Str decimal = kind == SEED_NUMBER ? type_of_digits(a, d, n) : (Str){0};
  if (decimal.len)
    return decimal;
  return str_c(names[kind == SEED_DATETIME && i > 1 ? 1 : i - 1]); // more digits, fewer years
}

// What the rows of a table that no file has need.
static void needs_of_rows(Arena *a, const Dialect *d, const TableObj *t, size_t i, CellNeeds *n) {
  const SeedTypes *types = types_of(a, d);
  cell_needs_init(n);
  for (size_t r = 0; r < t->nrows; r++) {
    Value cell = table_cell(t, r, (ptrdiff_t)i);
    if (!val_is_absent(cell))
      may_be(val_to_str(a, cell), n, types);
  }
}

Str seed_type(Eval *ev, const TableObj *t, size_t i) {
  Arena *a = eval_arena(ev);
  const Dialect *d = context_of(ev)->shared->dialect;
  CellNeeds own;
  if (!t->needs)
    needs_of_rows(a, d, t, i, &own);
  const CellNeeds *n = t->needs ? &t->needs[i] : &own;
  SeedKind kind = seed_kind(t, i, n);
  Str type = type_for(a, d, kind, n);
  // Where a type takes no NULL, its 0 or 1970 would stand for it. Text stays the type with '', as
  // projects for such a database expect.
  bool gaps = t->needs && n->gaps && kind != SEED_TEXT && d->nullable;
  return gaps ? d->nullable(a, type) : type;
}

// --- its rows on their way into the database

// The table's own type of a column, whose name may be written without quotes.
static const CellType *type_in_table(Eval *ev, Value columns, Str name) {
  const Dialect *d = context_of(ev)->shared->dialect;
  const CellType *found = NULL;
  for (size_t i = 0; val_is_seq(columns) && i < columns.list->n; i++) {
    Value of = columns.list->items[i];
    if (!val_is_seq(of) || of.list->n < 2)
      continue;
    Str has = val_to_str(eval_arena(ev), of.list->items[0]);
    bool same = str_eq(has, name);
    if (same || (!found && str_eq_nocase(has, name)))
      found = d->cell_type(eval_arena(ev), val_to_str(eval_arena(ev), of.list->items[1]));
    if (same)
      break;
  }
  return found;
}

// "insert into t (a, b) ..." without its data, and each column's types.
static Str load_head(Eval *ev, const TableObj *t, Value relation, Value config,
                     CsvColumn *columns) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  Value given = val_get(config, STR("column_types")), quote = val_get(config, STR("quote_columns"));
  Value has = context_call_macro(ev, c, "starc_seed_columns",
                                 (Kwarg[]){
                                     {STR("relation"), relation}
  },
                                 1);
  Buf sql = {.arena = a};
  buf_add(&sql, str_c(c->shared->dialect->load[0]));
  relation_render(&sql, need_relation(ev, relation, "adapter.load_seed_rows"));
  for (size_t i = 0; i < t->ncolumns; i++) {
    Str name = t->names[i];
    Value type = val_get(given, name);
    columns[i] = (CsvColumn){name, type_in_table(ev, has, name), NULL, val_is_absent(type)};
    columns[i].wanted = c->shared->dialect->cell_type(a, val_is_absent(type) ? seed_type(ev, t, i)
                                                                             : val_to_str(a, type));
    buf_add(&sql, i ? STR(", ") : STR(" ("));
    if (quote.kind == VAL_BOOL && !quote.b)
      buf_add(&sql, name);
    else
      dialect_double_quoted(&sql, name);
  }
  buf_add(&sql, str_c(c->shared->dialect->load[1]));
  return buf_str(&sql);
}

// load_seed_rows(model, table, relation): streams a seed's file into its table; gives the number
// of rows.
Value seed_load_rows(Eval *ev, const Value *v) {
  Context *c = context_of(ev);
  Arena *a = eval_arena(ev);
  if (!val_is_type(v[1], &table_type) || !((TableObj *)v[1].obj)->path.len)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "adapter.load_seed_rows() takes the table that load_agate_table() gave");
  const TableObj *t = (const TableObj *)v[1].obj;
  CsvColumn *columns = arena_array(a, CsvColumn, t->ncolumns + 1);
  context_begin(ev, c);
  Str sql = load_head(ev, t, v[2], val_get(v[0], STR("config")), columns);
  Diags diags = {0};
  diags_init(&diags);
  Str shown = c->node ? c->node->original_path : t->path;
  CsvLoad load = {t->path, shown, t->delimiter, t->ncolumns, columns, &diags};
  int64_t rows = 0;
  DbError error = {.at = -1};
  bool good = c->db->load_csv(c->db->data, a, sql, &load, &rows, &error);
  if (diags.errors) {
    diags_move(eval_options(ev)->diags, &diags);
    eval_abort(ev);
  }
  if (!good) {
    diags_free(&diags); // what is cut in a table that was not filled
    context_db_fail(ev, c, &error, sql);
  }
  context_say_warnings(ev, &diags);
  return val_int(rows);
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
  CellNumber number;
  bool marks;
  Buf digits = {.arena = a};
  if ((kind == KIND_INTEGER || kind == KIND_NUMBER) && cell_loose_number(s, &number, &marks)) {
    if (marks || str_find(s, STR(","), 0) >= 0 || str_find(s, STR("_"), 0) >= 0)
      cell_number_print(&digits, &number);
    if (decimal_parse(a, digits.len ? buf_str(&digits) : str_dup(a, s), &v))
      return v;
  }
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
  const Flags *flags = context_of(ev)->shared->flags;
  Arena *a = context_of(ev)->arena;
  Csv *r = arena_new(a, Csv);
  Header h = {.arena = a, .csv = r};
  t->unread = false;
  if (flags && flags->empty_seeds)
    return;
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
