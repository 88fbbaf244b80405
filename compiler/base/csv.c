// Bytes of a file -> fields. Plain stretches are copied whole; only quotes, delimiters and line
// ends are looked at one by one.
#include "csv.h"

#include "utf8.h"

#include <errno.h>

enum { CHUNK = 64 << 10, MAX_FIELD = 64 << 20, EXCERPT = 4096 };

static bool refill(Csv *c) {
  c->before += c->have;
  c->have = fread(c->in, 1, CHUNK, c->file);
  c->at = 0;
  return c->have > 0;
}

static int peek(Csv *c) { return c->at < c->have || refill(c) ? (unsigned char)c->in[c->at] : EOF; }
static int next(Csv *c) {
  int b = peek(c);
  c->at += b != EOF;
  return b;
}
static uint64_t offset(const Csv *c) { return c->before + c->at; }

// Records what is wrong at byte `at` of the file, in the line being read.
__attribute__((format(printf, 5, 6))) static void trouble(Csv *c, uint64_t line, uint64_t line_at,
                                                          uint64_t at, const char *fmt, ...) {
  if (c->trouble.len)
    return;
  va_list ap;
  va_start(ap, fmt);
  c->trouble = str_vfmt(c->arena, fmt, ap);
  va_end(ap);
  c->bad = (CsvPlace){line, line_at, at - line_at, 1};
}

// A file of two-byte characters says so at its beginning. True: reported.
static bool utf16(Csv *c) {
  if (c->have < 2 || (memcmp(c->in, "\xFF\xFE", 2) && memcmp(c->in, "\xFE\xFF", 2)))
    return false;
  trouble(c, 0, 0, 0, "the file is UTF-16");
  c->hint = STR("save it as UTF-8");
  fclose(c->file);
  c->file = NULL;
  return true;
}

static bool begin(Csv *c, Arena *a, FILE *file, char delimiter) {
  *c = (Csv){.arena = a, .delimiter = delimiter, .line = 1, .field = {.arena = a}, .file = file};
  if (!c->file) {
    c->trouble = str_fmt(a, "cannot read the file: %s", strerror(errno));
    return false;
  }
  c->in = arena_array(a, char, CHUNK);
  refill(c);
  if (ferror(c->file)) {
    c->trouble = str_fmt(a, "cannot read the file: %s", strerror(errno));
    fclose(c->file);
    return false;
  }
  if (c->have >= 3 && !memcmp(c->in, "\xEF\xBB\xBF", 3))
    c->line_at = c->at = 3;
  return !utf16(c);
}

bool csv_open(Csv *c, Arena *a, Str path, char delimiter) {
  return begin(c, a, fopen(str_cstr(a, path), "rb"), delimiter);
}

bool csv_open_text(Csv *c, Arena *a, Str text, char delimiter) {
  return begin(c, a, fmemopen((void *)(uintptr_t)text.ptr, text.len, "rb"), delimiter);
}

void csv_close(Csv *c) { fclose(c->file); }

static void new_line(Csv *c) {
  c->line++;
  c->line_at = offset(c);
}

// Copies bytes up to one that means something: `stop`, a line end, a zero byte. False: the field
// gets too big.
static bool copy_plain(Csv *c, char stop) {
  while (peek(c) != EOF) {
    size_t from = c->at;
    while (c->at < c->have) {
      char b = c->in[c->at];
      if (b == stop || b == '\n' || b == '\r' || b == 0)
        break;
      c->at++;
    }
    if (c->field.len + (c->at - from) > MAX_FIELD)
      return false;
    buf_add(&c->field, str_n(c->in + from, c->at - from));
    if (c->at < c->have)
      break;
  }
  return true;
}

static const char too_big[] = "a field is bigger than 64 MB";

static void zero_byte(Csv *c) {
  trouble(c, c->line, c->line_at, offset(c) - 1, "a zero byte: this is no text file");
}

// Behind the opening quote, up to and with the closing one.
static void quoted(Csv *c) {
  uint64_t line = c->line, line_at = c->line_at, at = offset(c) - 1;
  while (!c->trouble.len) {
    bool fits = copy_plain(c, '"');
    int b = next(c);
    if (!fits) {
      trouble(c, line, line_at, at, too_big);
      c->hint = STR("is the quote that opens here closed?");
    } else if (b == '"') {
      if (peek(c) != '"')
        return;
      buf_addc(&c->field, (char)next(c));
    } else if (b == '\n' || b == '\r') {
      if (b == '\r' && peek(c) == '\n')
        next(c);
      buf_addc(&c->field, '\n');
      new_line(c);
    } else if (b == 0) {
      zero_byte(c);
    } else if (b == EOF) {
      trouble(c, line, line_at, at, "the quote that opens here is never closed");
      c->hint = STR("a quote inside a quoted field is written twice");
    }
  }
}

static void check_utf8(Csv *c, uint64_t line, uint64_t line_at, uint64_t at) {
  ptrdiff_t bad = utf8_invalid(buf_str(&c->field));
  if (bad < 0 || c->trouble.len)
    return;
  bool exact = line == c->line || c->field.len == offset(c) - at;
  trouble(c, line, line_at, exact ? at + (uint64_t)bad : at, "byte 0x%02x is not UTF-8",
          (unsigned char)c->field.ptr[bad]);
  c->hint = STR("save the file as UTF-8");
}

// One field into c->field. What ended it: the delimiter, '\n' or EOF.
static int read_field(Csv *c) {
  c->field.len = 0;
  uint64_t line = c->line, line_at = c->line_at, at = offset(c);
  if (c->delimiter != '"' && peek(c) == '"') {
    next(c);
    quoted(c);
  }
  int b = EOF;
  while (!c->trouble.len) {
    if (!copy_plain(c, c->delimiter))
      trouble(c, c->line, c->line_at, offset(c), too_big);
    b = next(c);
    if (b != 0 || c->trouble.len || c->delimiter == 0)
      break;
    zero_byte(c);
  }
  c->end = offset(c) - (b != EOF);
  check_utf8(c, line, line_at, at);
  if (b == '\r' && peek(c) == '\n')
    next(c);
  if (b == '\n' || b == '\r') {
    new_line(c);
    return '\n';
  }
  return b;
}

bool csv_row(Csv *c, size_t ncolumns, CsvField *each, void *data) {
  if (c->trouble.len || peek(c) == EOF) {
    if (!c->trouble.len && ferror(c->file))
      trouble(c, 0, 0, 0, "cannot read the file: %s", strerror(errno));
    return false;
  }
  CsvPlace excess = {0};
  size_t n = 0;
  int end;
  do {
    uint64_t at = offset(c), of_line = c->line, of_line_at = c->line_at;
    end = read_field(c);
    c->here = (CsvPlace){of_line, of_line_at, at - of_line_at, c->end - at};
    if (c->trouble.len)
      break;
    if (!ncolumns || n < ncolumns)
      each(data, n, buf_str(&c->field));
    else if (n == ncolumns)
      excess = c->here;
    n++;
  } while (end != '\n' && end != EOF);
  c->fields = n;
  c->blank = n == 1 && !c->here.len;
  if (ncolumns && n > ncolumns && !c->trouble.len) {
    trouble(c, excess.line, excess.line_at, excess.line_at + excess.at,
            "this row has %zu fields, the header has %zu", n, ncolumns);
    c->hint = STR("a field with the delimiter in it needs quotes");
  }
  return !c->trouble.len;
}

bool csv_is_null(Str text) {
  Str s = str_trim(text);
  return !s.len || str_eq_nocase(s, STR("null"));
}

const Source *csv_source(Csv *c, CsvPlace place, Str shown, Span *span) {
  if (!place.line)
    return NULL;
  // Of a long line the part around the place is enough.
  uint64_t skip = place.at > EXCERPT / 2 ? place.at - EXCERPT / 2 : 0;
  char *text = arena_array(c->arena, char, EXCERPT);
  size_t n = 0;
  if (fseeko(c->file, (off_t)(place.line_at + skip), SEEK_SET) == 0)
    n = fread(text, 1, EXCERPT, c->file);
  Source *s = arena_new(c->arena, Source);
  *s = (Source){.path = shown,
                .text = str_n(text, n),
                .first_line = (uint32_t)place.line,
                .first_col = (uint32_t)skip};
  *span = (Span){(uint32_t)(place.at - skip), place.len < EXCERPT ? (uint32_t)place.len : EXCERPT};
  return s;
}
