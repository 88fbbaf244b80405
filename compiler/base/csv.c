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
  c->bad_line = line;
  c->bad_line_at = line_at;
  c->bad_at = (size_t)(at - line_at);
  c->bad_len = 1;
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
  return true;
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

// Copies bytes up to one that means something: `stop`, a line end, a zero byte.
static void copy_plain(Csv *c, char stop) {
  while (peek(c) != EOF) {
    size_t from = c->at;
    while (c->at < c->have) {
      char b = c->in[c->at];
      if (b == stop || b == '\n' || b == '\r' || b == 0)
        break;
      c->at++;
    }
    if (c->field.len + (c->at - from) > MAX_FIELD)
      return trouble(c, c->line, c->line_at, offset(c), "a field is bigger than 64 MB");
    buf_add(&c->field, str_n(c->in + from, c->at - from));
    if (c->at < c->have)
      return;
  }
}

static void zero_byte(Csv *c) {
  trouble(c, c->line, c->line_at, offset(c) - 1, "a zero byte: this is no text file");
}

// Behind the opening quote, up to and with the closing one.
static void quoted(Csv *c) {
  uint64_t line = c->line, line_at = c->line_at, at = offset(c) - 1;
  while (!c->trouble.len) {
    copy_plain(c, '"');
    int b = next(c);
    if (b == '"') {
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
    copy_plain(c, c->delimiter);
    b = next(c);
    if (b != 0 || c->trouble.len || c->delimiter == 0)
      break;
    zero_byte(c);
  }
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
  uint64_t line = c->line, line_at = c->line_at, excess = 0;
  size_t n = 0;
  int end;
  do {
    uint64_t at = offset(c);
    end = read_field(c);
    if (!ncolumns || n < ncolumns)
      each(data, n, buf_str(&c->field));
    else if (n == ncolumns)
      excess = at;
    n++;
  } while (end != '\n' && end != EOF && !c->trouble.len);
  if (ncolumns && n > ncolumns) {
    // A field may have gone on over several lines: then the row's first line is shown.
    bool here = excess >= line_at && c->line - line <= 1;
    trouble(c, line, line_at, here ? excess : line_at,
            "this row has %zu fields, the header has %zu", n, ncolumns);
    c->hint = STR("a field with the delimiter in it needs quotes");
  }
  return !c->trouble.len;
}

bool csv_is_null(Str text) {
  Str s = str_trim(text);
  return !s.len || str_eq_nocase(s, STR("null"));
}

const Source *csv_trouble_source(Csv *c, Str shown, Span *span) {
  if (!c->bad_line)
    return NULL;
  // Of a long line the part around the place is enough.
  size_t skip = c->bad_at > EXCERPT / 2 ? c->bad_at - EXCERPT / 2 : 0;
  char *text = arena_array(c->arena, char, EXCERPT);
  size_t n = 0;
  if (fseeko(c->file, (off_t)(c->bad_line_at + skip), SEEK_SET) == 0)
    n = fread(text, 1, EXCERPT, c->file);
  Source *s = arena_new(c->arena, Source);
  *s = (Source){.path = shown,
                .text = str_n(text, n),
                .first_line = (uint32_t)c->bad_line,
                .first_col = (uint32_t)skip};
  *span = (Span){(uint32_t)(c->bad_at - skip), (uint32_t)c->bad_len};
  return s;
}

// --- numbers
typedef struct Digits {
  char at[64];
  size_t n, point; // point: so many of them stand before it
  bool negative;
} Digits;

static bool is_digit(Str s, size_t i) { return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; }

// "e-2" from s[i] on: moves the point.
static bool take_exponent(Digits *d, Str s, size_t i) {
  bool down = i < s.len && s.ptr[i] == '-';
  i += down || (i < s.len && s.ptr[i] == '+');
  size_t n = 0;
  for (; is_digit(s, i) && n < sizeof d->at; i++)
    n = n * 10 + (size_t)(s.ptr[i] - '0');
  if (i < s.len || !is_digit(s, i - 1) || n >= sizeof d->at)
    return false;
  if (down && n > d->point) // 0.0012 has a fraction unless all is zero
    return strspn(d->at, "0") >= d->n;
  d->point = down ? d->point - n : d->point + n;
  return true;
}

static bool take_digits(Digits *d, Str s) {
  bool point = false, good = true;
  size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
  d->negative = i && s.ptr[0] == '-';
  for (; i < s.len && good; i++) {
    char c = s.ptr[i];
    if (is_digit(s, i)) {
      good = d->n + 1 < sizeof d->at;
      d->at[good ? d->n++ : 0] = c;
      d->point += !point;
    } else if (c == '.') {
      good = !point;
      point = true;
    } else if ((c | 32) == 'e') {
      return d->n && take_exponent(d, s, i + 1);
    } else
      good = c == ',' || c == '_' || c == '$' || c == '%';
  }
  return good && d->n;
}

bool csv_whole(Str text, char *room, size_t size, Str *out) {
  Digits d = {0};
  if (!take_digits(&d, text) || d.point + 2 > size)
    return false;
  size_t n = 0;
  for (size_t i = 0; i < d.n || i < d.point; i++) {
    char c = i < d.n ? d.at[i] : '0';
    if (i >= d.point && c != '0')
      return false;
    if (i >= d.point || (!n && c == '0'))
      continue;
    if (!n && d.negative)
      room[n++] = '-';
    room[n++] = c;
  }
  if (!n)
    room[n++] = '0';
  *out = str_n(room, n);
  return true;
}
