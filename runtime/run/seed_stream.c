// A CSV file -> the tab-separated lines that engines take in bulk, piece by piece. In: the file and
// what each column holds. Out: rows in the table; or the cells that do not fit, each at its place,
// and then nothing is in the table. Constant memory: one row at a time, and the first few findings.
#include "../../compiler/base/csv.h"
#include "../../compiler/base/secret.h"
#include "conn.h"

enum { CHUNK = 64 << 10, SHOWN = 5, SHOWN_TEXT = 60 };

// A cell to report.
typedef struct Odd {
  CsvPlace place;
  const CsvColumn *column;
  Str text;
  CellSaid said;
  bool empty;
} Odd;

typedef struct Stream {
  Csv csv;
  Arena *arena;
  const Dialect *dialect;
  const CsvLoad *load;
  Buf out;  // lines not handed on yet
  Buf cell; // what is sent for one cell
  size_t sent;
  int64_t rows;
  Odd bad[SHOWN], cut[SHOWN];
  size_t nbad, ncut;
  bool *cut_columns; // columns whose loss is known already
} Stream;

static void add_escaped(Buf *out, Str s) {
  for (size_t i = 0, from = 0; i <= s.len; i++) {
    char c = i < s.len ? s.ptr[i] : '\\';
    if (c != '\t' && c != '\n' && c != '\r' && c != '\\')
      continue;
    buf_add(out, str_n(s.ptr + from, i - from));
    from = i + 1;
    if (i < s.len)
      buf_add(out, c == '\t'   ? STR("\\t")
                   : c == '\n' ? STR("\\n")
                   : c == '\r' ? STR("\\r")
                               : STR("\\\\"));
  }
}

// Keeps the first few; the text is the arena's.
static void keep_odd(Stream *s, Odd *list, size_t *n, size_t column, Str text,
                     const CellSaid *said) {
  if ((*n)++ >= SHOWN)
    return;
  Odd *odd = &list[*n - 1];
  *odd = (Odd){s->csv.here, &s->load->columns[column], str_dup(s->arena, text), {0}, !said};
  if (!said)
    return;
  odd->said = *said;
  odd->said.part = str_dup(s->arena, said->part);
}

static void keep_cut(Stream *s, size_t column, Str text, const CellSaid *said) {
  if (!s->cut_columns[column])
    keep_odd(s, s->cut, &s->ncut, column, text, said);
  s->cut_columns[column] = true;
}

static void add_cell(void *data, size_t column, Str text) {
  Stream *s = data;
  const CsvColumn *c = &s->load->columns[column];
  Str bare = str_trim(text);
  if (column)
    buf_addc(&s->out, '\t');
  if (csv_is_null(bare)) {
    buf_adds(&s->out, "\\N");
    if (!c->type->nullable)
      keep_cut(s, column, bare, NULL);
    return;
  }
  CellSaid said;
  s->cell.len = 0;
  CellFit fit = cell_write(c->type, text, c->loose, &s->cell, &said);
  bool whole = c->type->kind == CELL_TEXT || c->type->kind == CELL_ENUM; // blanks count there
  if (fit == CELL_REFUSED)
    keep_odd(s, s->bad, &s->nbad, column, whole ? text : bare, &said);
  else if (fit == CELL_CUT)
    keep_cut(s, column, bare, &said);
  add_escaped(&s->out, buf_str(&s->cell));
}

static bool read_row(Stream *s) {
  size_t n = s->load->ncolumns;
  if (!csv_row(&s->csv, n, add_cell, s))
    return false;
  for (size_t i = s->csv.fields; i < n; i++) // a short row
    add_cell(s, i, STR(""));
  buf_addc(&s->out, '\n');
  s->rows++;
  return true;
}

static ptrdiff_t read_piece(void *data, char *to, size_t room) {
  Stream *s = data;
  if (s->sent == s->out.len) {
    s->sent = s->out.len = 0;
    while (s->out.len < CHUNK && !s->nbad && read_row(s))
      ;
    if (s->csv.trouble.len || s->nbad)
      return -1;
  }
  size_t n = s->out.len - s->sent;
  if (n > room)
    n = room;
  if (n)
    memcpy(to, s->out.ptr + s->sent, n);
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
  for (size_t i = 0; i < s->nbad && i < SHOWN; i++) {
    Diag *f = report(s, &s->bad[i], SEV_ERROR, first);
    first = first ? first : f;
  }
  if (s->nbad > SHOWN)
    diag_note(s->load->diags, first, NULL, (Span){0}, "and %zu more cells do not fit",
              s->nbad - SHOWN);
  for (size_t i = 0; !s->nbad && i < s->ncut && i < SHOWN; i++)
    report(s, &s->cut[i], SEV_WARNING, NULL);
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
  const CsvColumn *c = &s->load->columns[column];
  CellSaid none = {0};
  if (!c->type)
    keep_odd(s, s->bad, &s->nbad, column, text, &none);
}

static bool check_header(Stream *s) {
  Diags *d = s->load->diags;
  csv_row(&s->csv, s->load->ncolumns, header_cell, s);
  if (!s->nbad || s->csv.trouble.len)
    return true;
  Span span = {0};
  const Source *src = csv_source(&s->csv, s->bad[0].place, s->load->shown, &span);
  Diag *f = diag_at(d, SEV_ERROR, CODE_SEED_COLUMNS, src, span, "the table has no column '%.*s'",
                    STR_ARG(s->bad[0].column->name));
  diag_hint(d, f, "starc seed --full-refresh makes the table anew");
  return false;
}

bool seed_stream(Conn *c, Arena *a, Str head, const CsvLoad *load, int64_t *rows, DbError *error) {
  Stream *s = arena_new(a, Stream);
  s->arena = a;
  s->dialect = c->run->dialect;
  s->load = load;
  s->cut_columns = arena_array(a, bool, load->ncolumns + 1);
  *error = (DbError){.at = -1};
  if (!csv_open(&s->csv, a, load->path, load->delimiter)) {
    trouble_error(a, s, error);
    return false;
  }
  StmtResult result = {.affected = -1};
  bool good = check_header(s);
  if (good && !c->run->flags.empty_seeds) {
    good = c->run->engine->insert(c->session, a, head, read_piece, s, &result, error);
    while (s->nbad && read_row(s)) // the rest is counted
      s->out.len = 0;
    report_cells(s);
  }
  if (s->csv.trouble.len)
    trouble_error(a, s, error);
  else if (!good && error->row > 0)
    place_row(a, load, error);
  good = good && !s->csv.trouble.len && !s->nbad;
  *rows = s->rows;
  csv_close(&s->csv);
  buf_free(&s->out);
  buf_free(&s->cell);
  return good;
}
