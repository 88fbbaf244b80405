// A CSV file -> the tab-separated lines that engines take in bulk, piece by piece. In: the file and
// what kind each column is. Out: rows in the table. Constant memory: one row at a time.
#include "conn.h"

#include <errno.h>
#include <stdio.h>

enum { CHUNK = 64 << 10, MAX_FIELD = 256 << 20 };

typedef struct Stream {
  FILE *file;
  const CsvLoad *load;
  char in[CHUNK];
  size_t at, have;
  Buf field; // of the row being read
  Buf out;   // lines not handed on yet
  size_t sent;
  int64_t rows;
  uint64_t line; // in the file, for messages
  bool header_seen, ended;
  Str trouble; // arena text, empty: none
  Arena *arena;
} Stream;

static int next_byte(Stream *s) {
  if (s->at == s->have) {
    s->have = fread(s->in, 1, CHUNK, s->file);
    s->at = 0;
    if (!s->have)
      return EOF;
  }
  return (unsigned char)s->in[s->at++];
}

static int peek_byte(Stream *s) {
  int c = next_byte(s);
  if (c != EOF)
    s->at--;
  return c;
}

// One field into s->field. Returns what ended it: the delimiter, '\n' or EOF. A quote inside a
// quoted field is doubled; quotes count only at its start.
static int read_field(Stream *s, bool *quoted) {
  s->field.len = 0;
  *quoted = false;
  int c = next_byte(s);
  if (c == '"') {
    *quoted = true;
    for (;;) {
      c = next_byte(s);
      if (c == EOF)
        return EOF;
      if (c == '"' && peek_byte(s) != '"')
        break;
      if (c == '"')
        next_byte(s);
      if (c == '\n')
        s->line++;
      buf_addc(&s->field, (char)c);
    }
    c = next_byte(s);
  }
  for (; c != EOF && c != '\n' && c != (unsigned char)s->load->delimiter; c = next_byte(s)) {
    if (c == '\r' && (peek_byte(s) == '\n' || peek_byte(s) == EOF))
      continue;
    buf_addc(&s->field, (char)c);
    if (s->field.len > MAX_FIELD) {
      s->trouble =
          str_fmt(s->arena, "line %llu: a field of more than 256 MB", (unsigned long long)s->line);
      return EOF;
    }
  }
  return c;
}

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

// What dbt's reader takes for no value.
static bool is_null(Str s) { return !s.len || str_is(s, "null") || str_is(s, "NULL"); }

// "1,234.50" -> 1234.50: agate reads thousands separators in numbers.
static void add_number(Buf *out, Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] != ',' && s.ptr[i] != '_' && s.ptr[i] != '$' && s.ptr[i] != '%')
      buf_addc(out, s.ptr[i]);
}

static void add_cell(Stream *s, size_t column, Str text, bool quoted) {
  CsvKind kind = column < s->load->ncolumns ? s->load->kinds[column] : CSV_TEXT;
  (void)quoted;
  Str bare = str_trim(text);
  if (is_null(kind == CSV_TEXT ? text : bare)) {
    buf_adds(&s->out, "\\N");
  } else if (kind == CSV_INTEGER || kind == CSV_NUMBER) {
    add_number(&s->out, bare);
  } else if (kind == CSV_BOOLEAN) {
    char c = bare.ptr[0];
    buf_adds(&s->out, "");
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

// Reads one row into s->out. False: the file has ended or there was trouble.
static bool read_row(Stream *s) {
  size_t from = s->out.len, column = 0;
  bool quoted;
  s->line++;
  uint64_t first_line = s->line;
  if (peek_byte(s) == EOF) {
    s->ended = true;
    return false;
  }
  for (;; column++) {
    int end = read_field(s, &quoted);
    if (s->trouble.len)
      return false;
    bool blank =
        end != (unsigned char)s->load->delimiter && column == 0 && !s->field.len && !quoted;
    if (blank) { // an empty line is no row
      s->out.len = from;
      if (s->load->ncolumns > 1 || end == EOF)
        return end != EOF || !(s->ended = true);
    }
    if (column && column < s->load->ncolumns)
      buf_addc(&s->out, '\t');
    if (column < s->load->ncolumns)
      add_cell(s, column, buf_str(&s->field), quoted);
    else if (s->field.len || end == (unsigned char)s->load->delimiter) {
      s->trouble = str_fmt(s->arena, "line %llu has more than the %zu fields of the header",
                           (unsigned long long)first_line, s->load->ncolumns);
      return false;
    }
    if (end != (unsigned char)s->load->delimiter)
      break;
  }
  for (column++; column < s->load->ncolumns; column++)
    buf_adds(&s->out, "\t\\N");
  buf_addc(&s->out, '\n');
  s->rows++;
  return true;
}

static void skip_header(Stream *s) {
  bool quoted;
  static const char bom[] = "\xEF\xBB\xBF";
  if (peek_byte(s) == 0xEF && s->have - s->at >= 3 && !memcmp(s->in + s->at, bom, 3))
    s->at += 3;
  s->line = 1;
  int end;
  do
    end = read_field(s, &quoted);
  while (end != '\n' && end != EOF);
}

static ptrdiff_t read_piece(void *data, char *to, size_t room) {
  Stream *s = data;
  if (s->sent == s->out.len) {
    s->sent = s->out.len = 0;
    while (s->out.len < CHUNK && read_row(s))
      ;
    if (s->trouble.len)
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

bool seed_stream(Conn *c, Arena *a, Str head, const CsvLoad *load, int64_t *rows, DbError *error) {
  Stream *s = arena_new(a, Stream);
  s->load = load;
  s->arena = a;
  *error = (DbError){.at = -1};
  s->file = fopen(str_cstr(a, load->path), "rb");
  if (!s->file) {
    *error = (DbError){.message = str_fmt(a, "%.*s: %s", STR_ARG(load->path), strerror(errno)),
                       .at = -1};
    return false;
  }
  skip_header(s);
  StmtResult result = {.affected = -1};
  bool good = c->run->engine->insert(c->session, a, head, read_piece, s, &result, error);
  if (s->trouble.len)
    *error = (DbError){
        .message = str_fmt(a, "%.*s: %.*s", STR_ARG(load->path), STR_ARG(s->trouble)), .at = -1};
  good = good && !s->trouble.len;
  *rows = s->rows;
  fclose(s->file);
  buf_free(&s->field);
  buf_free(&s->out);
  return good;
}
