// A CSV file -> the tab-separated lines that engines take in bulk, piece by piece. In: the file and
// what kind each column is. Out: rows in the table. Constant memory: one row at a time.
#include "../../compiler/base/csv.h"
#include "conn.h"

enum { CHUNK = 64 << 10 };

typedef struct Stream {
  Csv csv;
  const CsvLoad *load;
  Buf out; // lines not handed on yet
  size_t sent;
  int64_t rows;
} Stream;

static void add_escaped(Buf *out, Str s) {
  for (size_t i = 0; i < s.len; i++) {
    switch (s.ptr[i]) {
    case '\t':
      buf_adds(out, "\\t");
      break;
    case '\n':
      buf_adds(out, "\\n");
      break;
    case '\r':
      buf_adds(out, "\\r");
      break;
    case '\\':
      buf_adds(out, "\\\\");
      break;
    default:
      buf_addc(out, s.ptr[i]);
    }
  }
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

// "1,234.50" -> 1234.50: agate reads thousands separators in numbers. "+007" -> 7: ClickHouse ends
// a number behind a zero that leads.
static void add_number(Buf *out, Str s) {
  bool leads = true;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i], next = i + 1 < s.len ? s.ptr[i + 1] : 0;
    if (c == ',' || c == '_' || c == '$' || c == '%' || (leads && c == '+') ||
        (leads && c == '0' && (digit(next) || next == '_' || next == ',')))
      continue;
    leads = leads && c == '-';
    add_escaped(out, str_sub(s, i, i + 1));
  }
}

// "100.00" is 100 in a column of whole numbers.
static void add_integer(Buf *out, Str s) {
  char room[64];
  Str whole;
  if (csv_whole(s, room, sizeof room, &whole))
    buf_add(out, whole);
  else
    add_number(out, s);
}

static void add_cell(void *data, size_t column, Str text) {
  Stream *s = data;
  CsvKind kind = s->load->kinds[column];
  Str bare = str_trim(text);
  if (column)
    buf_addc(&s->out, '\t');
  if (csv_is_null(bare)) {
    buf_adds(&s->out, "\\N");
  } else if (kind == CSV_INTEGER) {
    add_integer(&s->out, bare);
  } else if (kind == CSV_NUMBER) {
    add_number(&s->out, bare);
  } else if (kind == CSV_BOOLEAN) {
    char c = bare.ptr[0];
    buf_add(&s->out,
            c == 't' || c == 'T' || c == 'y' || c == 'Y' || c == '1' ? STR("true") : STR("false"));
  } else if (kind == CSV_DATETIME) {
    size_t from = s->out.len;
    add_escaped(&s->out, bare);
    for (size_t i = from; i < s->out.len; i++)
      if (s->out.ptr[i] == 'T')
        s->out.ptr[i] = ' ';
  } else {
    add_escaped(&s->out, kind == CSV_TEXT ? text : bare);
  }
}

// A row and how many fields it had: a short one is filled up with NULL.
typedef struct Row {
  Stream *stream;
  size_t fields;
} Row;

static void row_cell(void *data, size_t column, Str text) {
  Row *row = data;
  row->fields = column + 1;
  add_cell(row->stream, column, text);
}

static bool read_row(Stream *s) {
  Row row = {.stream = s};
  if (!csv_row(&s->csv, s->load->ncolumns, row_cell, &row))
    return false;
  for (size_t i = row.fields; i < s->load->ncolumns; i++)
    buf_adds(&s->out, "\t\\N");
  buf_addc(&s->out, '\n');
  s->rows++;
  return true;
}

static void skip_cell(void *data, size_t column, Str text) { (void)data, (void)column, (void)text; }

static ptrdiff_t read_piece(void *data, char *to, size_t room) {
  Stream *s = data;
  if (s->sent == s->out.len) {
    s->sent = s->out.len = 0;
    while (s->out.len < CHUNK && read_row(s))
      ;
    if (s->csv.trouble.len)
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

// The file changed since its columns were read: the finding there had its place, this has its line.
static void trouble_error(Arena *a, const Stream *s, DbError *error) {
  Str path = s->load->path;
  *error = (DbError){.at = -1};
  error->message = s->csv.bad_line
                       ? str_fmt(a, "%.*s:%llu: %.*s", STR_ARG(path),
                                 (unsigned long long)s->csv.bad_line, STR_ARG(s->csv.trouble))
                       : str_fmt(a, "%.*s: %.*s", STR_ARG(path), STR_ARG(s->csv.trouble));
}

// The column's number by its name in the header.
typedef struct Find {
  Str name;
  size_t column;
} Find;

static void find_column(void *data, size_t column, Str text) {
  Find *f = data;
  if (str_eq(str_trim(text), f->name))
    f->column = column;
}

// Bytes into the line at which a field begins, and how long it is.
static void field_place(Csv *csv, Str line, size_t column) {
  size_t at = 0, from = 0;
  bool quoted = false;
  for (; at < line.len && line.ptr[at] != '\n' && line.ptr[at] != '\r'; at++) {
    if (line.ptr[at] == '"') {
      quoted = !quoted;
    } else if (line.ptr[at] == csv->delimiter && !quoted) {
      if (!column--)
        break;
      from = at + 1;
    }
  }
  if (column && column != SIZE_MAX) // the row goes on in the next line
    from = at = 0;
  csv->bad_at = from;
  csv->bad_len = at - from;
}

// Where the row that the database did not like stands in the file, which is read once more.
static void place_row(Arena *a, const CsvLoad *load, DbError *error) {
  Csv csv;
  Span span;
  Find find = {error->column, 0};
  if (!csv_open(&csv, a, load->path, load->delimiter))
    return;
  bool good = csv_row(&csv, 0, find_column, &find);
  for (int64_t i = 1; good && i < error->row; i++)
    good = csv_row(&csv, load->ncolumns, skip_cell, NULL);
  if (good) {
    csv.bad_line = csv.line;
    csv.bad_line_at = csv.line_at;
    csv.bad_at = csv.bad_len = 0;
    const Source *line = csv_trouble_source(&csv, load->path, &span);
    if (line && error->column.len)
      field_place(&csv, line->text, find.column);
    error->src = line ? csv_trouble_source(&csv, load->path, &error->span) : NULL;
  }
  csv_close(&csv);
}

bool seed_stream(Conn *c, Arena *a, Str head, const CsvLoad *load, int64_t *rows, DbError *error) {
  Stream *s = arena_new(a, Stream);
  s->load = load;
  *error = (DbError){.at = -1};
  if (!csv_open(&s->csv, a, load->path, load->delimiter)) {
    trouble_error(a, s, error);
    return false;
  }
  csv_row(&s->csv, 0, skip_cell, NULL); // the header
  StmtResult result = {.affected = -1};
  bool good = c->run->engine->insert(c->session, a, head, read_piece, s, &result, error);
  if (s->csv.trouble.len)
    trouble_error(a, s, error);
  else if (!good && error->row > 0)
    place_row(a, load, error);
  good = good && !s->csv.trouble.len;
  *rows = s->rows;
  csv_close(&s->csv);
  buf_free(&s->out);
  return good;
}
