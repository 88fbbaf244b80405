// A CSV file -> the tab-separated lines that engines take in bulk, piece by piece. In: the file and
// what each column holds. Out: rows in the table; or the cells that do not fit, each at its place,
// and then nothing is in the table. Parts of a large file are written at once and sent in order;
// memory is a few parts, and the first few findings.
#include "seed_stream.h"

#include "../../compiler/base/belt.h"
#include "../../compiler/base/csv.h"
#include "../../compiler/base/secret.h"

enum { SHOWN = 5, SHOWN_TEXT = 60 };

// A cell to report.
typedef struct Odd {
  CsvPlace place;
  const CsvColumn *column;
  Str text;
  CellSaid said;
  bool empty;
} Odd;

// Cells that do not fit: the first few and their number. Those that lose something: each column's
// first one, in the order of the file.
typedef struct Found {
  Odd bad[SHOWN], *cut;
  size_t nbad, ncut;
  bool *is_cut; // by column
  int64_t rows;
} Found;

// A part of the file: its rows as lines, and its findings.
typedef struct Part {
  Csv csv;
  Arena arena, texts; // of the reader, of the findings
  Buf out;            // the lines
  Buf cell;           // what is sent for one cell
  Found found;
} Part;

typedef struct Stream {
  Csv csv;
  Arena *arena;
  const Dialect *dialect;
  const CsvLoad *load;
  CsvParts parts;
  Belt *belt;
  const Part *part; // that is handed on now; NULL: none is yet, or no more
  size_t sent;      // bytes of it that were
  Buf cell;         // what would be sent for a cell, for hints
  Found found;      // its texts are in `kept`
  Arena kept;
} Stream;

static void add_escaped(Buf *out, Str s) {
  static const char marks[] = {'\t', '\n', '\r', '\\'}, names[] = {'t', 'n', 'r', '\\'};
  uint64_t all = 0;
  for (size_t n; n = str_until(s, marks, &all), buf_add(out, str_sub(s, 0, n)), n < s.len;
       s = str_sub(s, n + 1, s.len)) {
    buf_addc(out, '\\');
    buf_addc(out, names[(const char *)memchr(marks, s.ptr[n], sizeof marks) - marks]);
  }
}

// Of a part on its way, for its thread.
typedef struct Writing {
  const CsvLoad *load;
  Part *part;
} Writing;

static Odd odd_cell(const Writing *w, size_t column, Str text, const CellSaid *said) {
  Arena *a = &w->part->texts;
  Odd odd = {w->part->csv.here, &w->load->columns[column], str_dup(a, text), {0}, !said};
  if (said) {
    odd.said = *said;
    odd.said.part = str_dup(a, said->part);
  }
  return odd;
}

static void keep_bad(const Writing *w, size_t column, Str text, const CellSaid *said) {
  Found *f = &w->part->found;
  if (f->nbad < SHOWN)
    f->bad[f->nbad] = odd_cell(w, column, text, said);
  f->nbad++;
}

static void keep_cut(const Writing *w, size_t column, Str text, const CellSaid *said) {
  Found *f = &w->part->found;
  if (!f->is_cut[column])
    f->cut[f->ncut++] = odd_cell(w, column, text, said);
  f->is_cut[column] = true;
}

static void add_cell(void *data, size_t column, Str text) {
  const Writing *w = data;
  Part *p = w->part;
  const CsvColumn *c = &w->load->columns[column];
  Str bare = str_trim(text);
  if (column)
    buf_addc(&p->out, '\t');
  if (csv_is_null(bare)) {
    buf_adds(&p->out, "\\N");
    if (!c->type->nullable)
      keep_cut(w, column, bare, NULL);
    return;
  }
  CellSaid said;
  p->cell.len = 0;
  CellFit fit = cell_write(c->type, text, c->loose, &p->cell, &said);
  bool whole = c->type->kind == CELL_TEXT || c->type->kind == CELL_ENUM; // blanks count there
  if (fit == CELL_REFUSED)
    keep_bad(w, column, whole ? text : bare, &said);
  else if (fit == CELL_CUT)
    keep_cut(w, column, bare, &said);
  bool digits = fit == CELL_FITS && c->type->kind >= CELL_INTEGER && c->type->kind <= CELL_MOMENT;
  (digits ? buf_add : add_escaped)(&p->out, buf_str(&p->cell));
}

// --- parts, written by several threads, taken up in their order

static bool take_part(void *data, void *slot) {
  Stream *s = data;
  Part *p = slot;
  return csv_part_next(&s->parts, &p->csv, &p->arena);
}

static void write_part(void *data, void *slot) {
  const CsvLoad *load = ((const Stream *)data)->load;
  Part *p = slot;
  Found *f = &p->found;
  Writing w = {load, p};
  arena_reset(&p->texts);
  p->out.len = 0;
  f->nbad = f->ncut = 0;
  f->rows = 0;
  memset(f->is_cut, 0, load->ncolumns);
  while (csv_row(&p->csv, load->ncolumns, add_cell, &w)) {
    for (size_t i = p->csv.fields; i < load->ncolumns; i++) // a short row
      add_cell(&w, i, STR(""));
    buf_addc(&p->out, '\n');
    f->rows++;
  }
}

// One of a part's findings, which outlives it.
static Odd taken_up(Stream *s, const Odd *of_part) {
  Odd odd = *of_part;
  odd.place = csv_part_place(&s->csv, odd.place);
  odd.text = str_dup(&s->kept, odd.text);
  odd.said.part = str_dup(&s->kept, odd.said.part);
  return odd;
}

static void add_found(Stream *s, const Found *more) {
  Found *f = &s->found;
  f->rows += more->rows;
  for (size_t i = 0; i < more->nbad && i < SHOWN && f->nbad + i < SHOWN; i++)
    f->bad[f->nbad + i] = taken_up(s, &more->bad[i]);
  f->nbad += more->nbad;
  for (size_t i = 0; i < more->ncut; i++) {
    size_t column = (size_t)(more->cut[i].column - s->load->columns);
    if (!f->is_cut[column] && f->ncut < SHOWN)
      f->cut[f->ncut++] = taken_up(s, &more->cut[i]);
    f->is_cut[column] = true;
  }
}

// The next part, taken up. False: there is none, or the file is in trouble.
static bool next_part(Stream *s) {
  s->sent = 0;
  s->part = s->csv.trouble.len ? NULL : belt_next(s->belt);
  if (!s->part)
    return false;
  add_found(s, &s->part->found);
  csv_part_add(&s->csv, &s->part->csv);
  if (s->csv.trouble.len)
    s->csv.trouble = str_dup(&s->kept, s->csv.trouble);
  return true;
}

static ptrdiff_t read_piece(void *data, char *to, size_t room) {
  Stream *s = data;
  while (!s->part || s->sent == s->part->out.len)
    if (!next_part(s))
      return s->csv.trouble.len || s->found.nbad ? -1 : 0;
  if (s->csv.trouble.len || s->found.nbad)
    return -1;
  size_t left = s->part->out.len - s->sent, n = left < room ? left : room;
  memcpy(to, s->part->out.ptr + s->sent, n);
  s->sent += n;
  return (ptrdiff_t)n;
}

// --- findings

static Str shortened(Arena *a, Str text) {
  text = secret_mask(a, text); // a half of a secret would not be known again
  size_t n = SHOWN_TEXT;
  if (text.len <= n)
    return text;
  while (n && ((unsigned char)text.ptr[n] & 0xC0) == 0x80)
    n--;
  return str_cat(a, str_sub(text, 0, n), STR("..."));
}

// The first type of a dialect's list that holds the text as it is, empty: none.
static Str type_that_holds(Stream *s, SeedKind kind, Str text) {
  const char *const *names = s->dialect->seed_types[kind];
  CellSaid said;
  for (; *names; names++) {
    s->cell.len = 0;
    const CellType *t = s->dialect->cell_type(s->arena, str_c(*names));
    if (cell_write(t, text, false, &s->cell, &said) == CELL_FITS)
      return str_c(*names);
  }
  return (Str){0};
}

// The kinds whose types are tried for a cell that does not fit; the text's last.
static const SeedKind *kinds_for(const Odd *odd) {
  static const SeedKind whole[] = {SEED_INTEGER, SEED_NUMBER, SEED_TEXT},
                        number[] = {SEED_NUMBER, SEED_TEXT},
                        day[] = {SEED_DATE, SEED_DATETIME, SEED_TEXT},
                        moment[] = {SEED_DATETIME, SEED_TEXT}, text[] = {SEED_TEXT};
  switch (odd->column->type->kind) {
  case CELL_INTEGER:
    return odd->said.becomes[0] ? text : whole; // 007
  case CELL_FLOAT:
    return number;
  case CELL_DATE:
    return day;
  case CELL_MOMENT:
    return moment;
  default:
    return text;
  }
}

static Str better_type(Stream *s, const Odd *odd) {
  const CellType *t = odd->column->type;
  Str found = {0};
  if (t->kind >= CELL_ARRAY)
    return found;
  found = cell_wider(s->arena, t, odd->text);
  for (const SeedKind *kind = kinds_for(odd); !found.len; kind++) {
    found = type_that_holds(s, *kind, odd->text);
    if (*kind == SEED_TEXT)
      break;
  }
  return found;
}

// Whether a table that is made anew would hold the cell.
static bool is_stale(Stream *s, const Odd *odd) {
  CellSaid said;
  s->cell.len = 0;
  return cell_write(odd->column->wanted, odd->text, odd->column->loose, &s->cell, &said) ==
         CELL_FITS;
}

static void add_hint(Stream *s, Diag *f, const Odd *odd) {
  Diags *d = s->load->diags;
  Str name = odd->column->name, type = odd->empty ? (Str){0} : better_type(s, odd);
  if (odd->empty)
    diag_hint(d, f, "column_types: {%.*s: Nullable(%.*s)} keeps it empty", STR_ARG(name),
              STR_ARG(odd->column->type->name));
  else if (is_stale(s, odd))
    diag_hint(d, f, "starc seed --full-refresh makes the table anew, as %.*s",
              STR_ARG(odd->column->wanted->name));
  else if (type.len) {
    const char *quote = str_find(type, STR(","), 0) >= 0 ? "\"" : ""; // in YAML's braces
    diag_hint(d, f, "column_types: {%.*s: %s%.*s%s} would hold it", STR_ARG(name), quote,
              STR_ARG(type), quote);
  }
}

static Str what_is_wrong(Stream *s, const Odd *odd) {
  Arena *a = s->arena;
  const CellType *t = odd->column->type, *by = odd->said.type;
  Str name = odd->column->name, text = shortened(a, odd->text);
  if (odd->empty)
    return str_fmt(a, "column '%.*s' is %.*s, which has no NULL: an empty cell becomes its default",
                   STR_ARG(name), STR_ARG(t->name));
  if (odd->said.becomes[0])
    return str_fmt(a, "column '%.*s' is %.*s: '%.*s' becomes %s", STR_ARG(name), STR_ARG(t->name),
                   STR_ARG(text), odd->said.becomes);
  if (by == t)
    return str_fmt(a, "column '%.*s' is %.*s, which holds %.*s: not '%.*s'", STR_ARG(name),
                   STR_ARG(t->name), STR_ARG(cell_range(a, t)), STR_ARG(text));
  return str_fmt(a, "column '%.*s' is %.*s, and %.*s holds %.*s: not '%.*s'", STR_ARG(name),
                 STR_ARG(t->name), STR_ARG(by->name), STR_ARG(cell_range(a, by)),
                 STR_ARG(shortened(a, odd->said.part)));
}

static Diag *report(Stream *s, const Odd *odd, Severity severity, Diag *under) {
  Diags *d = s->load->diags;
  Span span = {0};
  const Source *src = csv_source(&s->csv, odd->place, s->load->shown, &span);
  Str text = what_is_wrong(s, odd);
  Diag *f = under ? diag_note(d, under, src, span, "%.*s", STR_ARG(text))
                  : diag_at(d, severity, severity == SEV_ERROR ? CODE_SEED_CELL : CODE_SEED_LOSS,
                            src, span, "%.*s", STR_ARG(text));
  if (!under)
    add_hint(s, f, odd);
  return f;
}

// All that was found, when the file is read to its end.
static void report_cells(Stream *s) {
  Diag *first = NULL;
  const Found *found = &s->found;
  for (size_t i = 0; i < found->nbad && i < SHOWN; i++) {
    Diag *f = report(s, &found->bad[i], SEV_ERROR, first);
    first = first ? first : f;
  }
  if (found->nbad > SHOWN)
    diag_note(s->load->diags, first, NULL, (Span){0}, "and %zu more cells do not fit",
              found->nbad - SHOWN);
  for (size_t i = 0; !found->nbad && i < found->ncut && i < SHOWN; i++)
    report(s, &found->cut[i], SEV_WARNING, NULL);
}

// The file changed since its columns were read: the finding there had its place, this has its line.
static void trouble_error(Arena *a, const Stream *s, DbError *error) {
  Str path = s->load->shown;
  *error = (DbError){.at = -1};
  error->message = s->csv.bad.line
                       ? str_fmt(a, "%.*s:%llu: %.*s", STR_ARG(path),
                                 (unsigned long long)s->csv.bad.line, STR_ARG(s->csv.trouble))
                       : str_fmt(a, "%.*s: %.*s", STR_ARG(path), STR_ARG(s->csv.trouble));
}

// --- a row that the database did not like

// The place of a cell in the row that is read: of the column that the database names, else of the
// one cell that was left to it.
typedef struct Find {
  const Csv *csv;
  const CsvLoad *load;
  Str name;
  size_t column, left;
  CsvPlace place;
} Find;

static void find_column(void *data, size_t column, Str text) {
  Find *f = data;
  if (str_eq(str_trim(text), f->name))
    f->column = column;
}

static bool left_to_database(const CsvColumn *c, Str text) {
  CellSaid said;
  Buf out = {0};
  bool left = !csv_is_null(text) && cell_write(c->type, text, c->loose, &out, &said) == CELL_LEFT;
  buf_free(&out);
  return left;
}

static void find_field(void *data, size_t column, Str text) {
  Find *f = data;
  CsvPlace row = {f->csv->here.line, f->csv->here.line_at, 0, 0};
  if (!column) {
    f->left = 0;
    f->place = row;
  }
  bool left = !f->name.len && left_to_database(&f->load->columns[column], text);
  f->left += left;
  if (left ? f->left == 1 : f->name.len && column == f->column)
    f->place = f->csv->here;
  else if (left)
    f->place = row;
}

// Where it stands in the file, which is read once more.
static void place_row(Arena *a, const CsvLoad *load, DbError *error) {
  Csv csv;
  Find find = {&csv, load, error->column, SIZE_MAX, 0, {0}};
  if (!csv_open(&csv, a, load->path, load->delimiter))
    return;
  bool good = csv_row(&csv, 0, find_column, &find);
  for (int64_t i = 0; good && i < error->row; i++)
    good = csv_row(&csv, load->ncolumns, find_field, &find);
  if (good)
    error->src = csv_source(&csv, find.place, load->shown, &error->span);
  csv_close(&csv);
}

// --- the header

// A column that the table has not: it was made for another file.
static void header_cell(void *data, size_t column, Str text) {
  Stream *s = data;
  (void)text;
  if (!s->load->columns[column].type && !s->found.nbad++)
    s->found.bad[0] = (Odd){.place = s->csv.here, .column = &s->load->columns[column]};
}

static bool check_header(Stream *s) {
  Diags *d = s->load->diags;
  csv_row(&s->csv, s->load->ncolumns, header_cell, s);
  if (!s->found.nbad || s->csv.trouble.len)
    return true;
  Span span = {0};
  const Odd *first = &s->found.bad[0];
  const Source *src = csv_source(&s->csv, first->place, s->load->shown, &span);
  Diag *f = diag_at(d, SEV_ERROR, CODE_SEED_COLUMNS, src, span, "the table has no column '%.*s'",
                    STR_ARG(first->column->name));
  diag_hint(d, f, "starc seed --full-refresh makes the table anew");
  return false;
}

static void found_init(Found *f, Arena *a, size_t ncolumns) {
  f->cut = arena_array(a, Odd, ncolumns + 1);
  f->is_cut = arena_array(a, bool, ncolumns + 1);
}

// The rows behind the header.
static bool stream_rows(Stream *s, Conn *c, Str head, DbError *error) {
  csv_parts(&s->parts, &s->csv);
  StmtResult result = {.affected = -1};
  size_t threads = csv_parts_readers(&s->parts), nparts = threads ? threads + 2 : 1;
  Part *parts = arena_array(s->arena, Part, nparts);
  for (size_t i = 0; i < nparts; i++)
    found_init(&parts[i].found, s->arena, s->load->ncolumns);
  BeltWork work = {take_part, write_part, s, parts, sizeof *parts, nparts};
  s->belt = belt_new(&work, threads);
  c->fresh = false;
  bool good = c->of->engine->insert(c->session, s->arena, head, read_piece, s, &result, error);
  while (s->found.nbad && next_part(s)) // the rest is counted
    ;
  belt_free(s->belt);
  for (size_t i = 0; i < nparts; i++) {
    arena_free(&parts[i].arena);
    arena_free(&parts[i].texts);
    buf_free(&parts[i].out);
    buf_free(&parts[i].cell);
  }
  return good;
}

bool seed_stream(Conn *c, Arena *a, Str head, const CsvLoad *load, int64_t *rows, DbError *error) {
  Stream *s = arena_new(a, Stream);
  s->arena = a;
  s->dialect = c->of->context->dialect;
  s->load = load;
  found_init(&s->found, a, load->ncolumns);
  *error = (DbError){.at = -1};
  if (!csv_open(&s->csv, a, load->path, load->delimiter)) {
    trouble_error(a, s, error);
    return false;
  }
  bool good = check_header(s);
  if (good && !c->of->context->flags->empty_seeds) {
    good = stream_rows(s, c, head, error);
    report_cells(s);
  }
  if (s->csv.trouble.len)
    trouble_error(a, s, error);
  else if (!good && error->row > 0)
    place_row(a, load, error);
  good = good && !s->csv.trouble.len && !s->found.nbad;
  *rows = s->found.rows;
  csv_close(&s->csv);
  arena_free(&s->kept);
  buf_free(&s->cell);
  return good;
}
