// Bytes of a file -> fields. Plain stretches are copied whole; only quotes, delimiters and line
// ends are looked at one by one.
#include "csv.h"

#include "parallel.h"
#include "utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 << 10, MAX_FIELD = 64 << 20, EXCERPT = 4096, PART = 128 << 10 };

// A piece of the file from byte `at` on, wherever other readers are.
static size_t read_at(Csv *c, char *to, uint64_t at, size_t room) {
  ssize_t n;
  do
    n = pread(fileno(c->file), to, room, (off_t)at);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    c->failed = errno;
  return n > 0 ? (size_t)n : 0;
}

static bool refill(Csv *c) {
  c->before += c->have;
  c->at = 0;
  if (c->part) {
    uint64_t left = c->to - c->before;
    c->have = read_at(c, c->in, c->before, left < CHUNK ? (size_t)left : CHUNK);
  } else {
    c->have = fread(c->in, 1, CHUNK, c->file);
    if (ferror(c->file))
      c->failed = errno;
  }
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
  *c = (Csv){.arena = a,
             .delimiter = delimiter,
             .line = 1,
             .field = {.arena = a},
             .file = file,
             .to = UINT64_MAX};
  if (!c->file) {
    c->trouble = str_fmt(a, "cannot read the file: %s", strerror(errno));
    return false;
  }
  c->in = arena_array(a, char, CHUNK);
  refill(c);
  if (c->failed) {
    c->trouble = str_fmt(a, "cannot read the file: %s", strerror(c->failed));
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

// --- fields

// How many bytes come before the first that means something: `stop`, a line end, a zero byte.
static size_t plain(Str text, char stop, uint64_t *all) {
  return str_until(text, (const char[4]){stop, '\n', '\r', 0}, all);
}

// Copies bytes up to one that means something: `stop`, a line end, a zero byte. False: the field
// gets too big.
static bool copy_plain(Csv *c, char stop) {
  uint64_t all = 0;
  while (peek(c) != EOF) {
    size_t from = c->at;
    c->at += plain(str_n(c->in + from, c->have - from), stop, &all);
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
  ptrdiff_t bad = utf8_invalid(c->text);
  if (bad < 0 || c->trouble.len)
    return;
  bool exact = line == c->line || c->text.len == offset(c) - at;
  trouble(c, line, line_at, exact ? at + (uint64_t)bad : at, "byte 0x%02x is not UTF-8",
          (unsigned char)c->text.ptr[bad]);
  c->hint = STR("save the file as UTF-8");
}

// A field without quotes that stands whole in what was read, with the byte that ends it: nothing is
// copied. False: it is no such field.
static bool read_plain(Csv *c, int *end) {
  const char *from = c->in + c->at;
  size_t left = c->have - c->at;
  uint64_t all = 0;
  if (!left || (*from == '"' && c->delimiter != '"'))
    return false;
  size_t n = plain(str_n(from, left), c->delimiter, &all);
  if (n == left || !from[n] || (from[n] == '\r' && n + 1 == left))
    return false;
  uint64_t at = offset(c);
  bool line_end = from[n] == '\n' || from[n] == '\r';
  c->text = str_n(from, n);
  c->end = at + n;
  c->at += n + 1;
  if (all & ABOVE_ASCII)
    check_utf8(c, c->line, c->line_at, at);
  c->at += from[n] == '\r' && from[n + 1] == '\n';
  if (line_end)
    new_line(c);
  *end = line_end ? '\n' : (unsigned char)from[n];
  return true;
}

// One field into c->text. What ended it: the delimiter, '\n' or EOF.
static int read_field(Csv *c) {
  int end;
  if (read_plain(c, &end))
    return end;
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
  c->text = buf_str(&c->field);
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
  if (c->trouble.len || offset(c) >= c->to || peek(c) == EOF) {
    if (!c->trouble.len && c->failed)
      trouble(c, 0, 0, 0, "cannot read the file: %s", strerror(c->failed));
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
      each(data, n, c->text);
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

// --- parts

static uint64_t part_bytes(void) {
  const char *tests = getenv("STARC_TESTS"), *given = getenv("STARC_TEST_CSV_PART");
  unsigned long long other = tests && *tests == '1' && given ? strtoull(given, NULL, 10) : 0;
  return other ? other : PART;
}

size_t csv_parts_readers(const CsvParts *p) {
  enum { MOST = 8 }; // each takes memory, and the database is slower than they are
  size_t cores = parallel_cores();
  return p->single ? 0 : cores < MOST ? cores : MOST;
}

void csv_parts(CsvParts *p, Csv *whole) {
  struct stat st;
  *p = (CsvParts){.whole = whole, .from = offset(whole), .bytes = part_bytes()};
  bool regular = fstat(fileno(whole->file), &st) == 0 && S_ISREG(st.st_mode);
  p->ends = regular ? (uint64_t)st.st_size : 0;
  p->single = whole->delimiter == '"' || whole->delimiter == '\n' || whole->delimiter == '\r' ||
              p->ends < p->from + 2 * p->bytes;
  p->before = p->from;
  if (!p->single)
    p->in = arena_array(whole->arena, char, CHUNK);
}

// Where a row begins at byte `aim` of the file or behind it; UINT64_MAX: nowhere. A quote opens a
// field where it is the first byte of one, so what stands before it decides.
typedef struct Seek {
  uint64_t aim;
  char delimiter;
  char before;   // the byte in front of the next one
  bool quoted;   // inside a quoted field
  bool closing;  // behind a quote that closes it, unless another one follows
  bool line_end; // behind a \r
} Seek;

static bool begins_field(const Seek *s) {
  return s->before == s->delimiter || s->before == '\n' || s->before == '\r';
}

// The next byte that may mean something, from text[at] on.
static size_t skip(const Seek *s, Str text, size_t at, uint64_t offset_of_text) {
  uint64_t all = 0;
  if (s->closing || s->line_end)
    return at;
  if (!s->quoted && offset_of_text + at >= s->aim)
    return at + plain(str_sub(text, at, text.len), '"', &all);
  uint64_t room = s->quoted ? text.len : s->aim - offset_of_text;
  size_t end = room < text.len ? (size_t)room : text.len;
  const char *quote = memchr(text.ptr + at, '"', end - at);
  return quote ? (size_t)(quote - text.ptr) : end;
}

// Looks at one byte, at `offset` of the file. True: *row is where a row begins.
static bool look_at(Seek *s, char b, uint64_t at, uint64_t *row) {
  if (s->line_end) {
    *row = at + (b == '\n');
    return true;
  }
  bool outside = !s->quoted || (s->closing && b != '"');
  s->quoted = outside ? b == '"' && begins_field(s) : true;
  s->closing = !outside && b == '"' && !s->closing;
  s->line_end = outside && b == '\r' && at >= s->aim;
  s->before = b;
  *row = at + 1;
  return outside && b == '\n' && at >= s->aim;
}
// Where a row begins at byte `aim` or behind it; UINT64_MAX: nowhere, or it cannot be read.
static uint64_t next_row(CsvParts *p, uint64_t aim) {
  Seek s = {.aim = aim, .delimiter = p->whole->delimiter, .before = '\n'};
  size_t at = (size_t)(p->from - p->before);
  for (uint64_t row;; at++) {
    if (at == p->have) {
      p->before += p->have;
      p->have = read_at(p->whole, p->in, p->before, CHUNK);
      at = 0;
    }
    if (!p->have)
      return UINT64_MAX;
    size_t skipped = at;
    at = skip(&s, str_n(p->in, p->have), at, p->before);
    s.before = at > skipped ? p->in[at - 1] : s.before;
    if (at == p->have)
      at--; // all of it
    else if (look_at(&s, p->in[at], p->before + at, &row))
      return row;
  }
}

// The next piece of a rest that is read on as it was begun. False: it is read.
static bool open_rest(Csv *c, Arena *a, const CsvParts *p) {
  if (!c->file) {
    *c = *p->whole;
    c->arena = a;
    c->field = (Buf){.arena = a};
  }
  c->line = 1;
  c->to = offset(c) + p->bytes;
  return !c->trouble.len && (peek(c) != EOF || c->failed);
}

static void open_part(Csv *c, Arena *a, const Csv *whole, uint64_t from, uint64_t to) {
  *c = (Csv){
      .arena = a,
      .delimiter = whole->delimiter,
      .line = 1,
      .line_at = from,
      .before = from,
      .field = {.arena = a, .ptr = c->field.ptr, .cap = c->field.cap},
      .file = whole->file,
      .part = true,
      .to = to,
      .in = c->in ? c->in : arena_array(a, char, CHUNK)
  };
}

bool csv_part_next(CsvParts *p, Csv *c, Arena *a) {
  if (p->single)
    return open_rest(c, a, p);
  if (p->over)
    return false;
  uint64_t aim = p->from + p->bytes, to = aim < p->ends ? next_row(p, aim) : UINT64_MAX;
  open_part(c, a, p->whole, p->from, to);
  p->over = to == UINT64_MAX;
  p->from = to;
  return true;
}

CsvPlace csv_part_place(const Csv *whole, CsvPlace place) {
  if (place.line)
    place.line += whole->line - 1;
  return place;
}

void csv_part_add(Csv *whole, const Csv *part) {
  if (part->trouble.len) {
    whole->trouble = part->trouble;
    whole->hint = part->hint;
    whole->bad = csv_part_place(whole, part->bad);
  }
  whole->line += part->line - 1;
}

bool csv_is_null(Str text) {
  Str s = str_trim(text);
  return !s.len || (s.len == 4 && str_eq_nocase(s, STR("null")));
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
