// Decodes ClickHouse's tab-separated rows: one line a row, \N for NULL, backslash escapes. Leaves
// to the engines where the bytes come from and what an exception's text means.
#include "rows.h"

enum { HEADER_SKIP = -2, HELD_MAX = 64 * 1024, ERROR_MAX = 1024 * 1024, HEADER_MAX = 16 << 20 };

void tsv_open(TsvReader *r, Arena *a, const RowSink *sink, Str tag) {
  *r = (TsvReader){.arena = a, .sink = sink, .tag = tag};
}

void tsv_close(TsvReader *r) {
  buf_free(&r->line);
  buf_free(&r->text);
  buf_free(&r->names);
  buf_free(&r->held);
  buf_free(&r->error);
}

void tsv_header(TsvReader *r, bool same) { r->header = same ? HEADER_SKIP : 0; }

static char unescaped(char c) {
  switch (c) {
  case 'n':
    return '\n';
  case 't':
    return '\t';
  case 'r':
    return '\r';
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case '0':
    return '\0';
  default:
    return c;
  }
}

// Whether the values of column i have texts in quotes in them: escapes are those of the inner
// texts.
static bool has_parts(const TsvReader *r, size_t i) {
  static const char *const types[] = {"Array(", "Map(", "Tuple(", "Nested("};
  for (size_t k = 0; r->header == 2 && k < COUNT(types); k++)
    if (str_starts(r->columns[i].type, str_c(types[k])))
      return true;
  return false;
}

// Adds a cell of column i without its escapes to r->text. A cell without any is used where it
// stands.
static Str cell_text(TsvReader *r, size_t i, Str raw) {
  const char *at = raw.len ? memchr(raw.ptr, '\\', raw.len) : NULL;
  if (!at || has_parts(r, i))
    return raw;
  char *to = r->text.ptr + r->text.len, *start = to;
  const char *from = raw.ptr, *end = raw.ptr + raw.len;
  while (at) {
    memcpy(to, from, (size_t)(at - from));
    to += at - from;
    if (at + 1 < end)
      *to++ = unescaped(at[1]);
    from = at + 2 < end ? at + 2 : end;
    at = memchr(from, '\\', (size_t)(end - from));
  }
  memcpy(to, from, (size_t)(end - from));
  to += end - from;
  r->text.len += (size_t)(to - start);
  return (Str){start, (size_t)(to - start)};
}

static size_t count_cells(Str line) {
  size_t n = 1;
  const char *end = line.ptr + line.len;
  for (const char *p = line.ptr; p < end && (p = memchr(p, '\t', (size_t)(end - p))); p++)
    n++;
  return n;
}

// Cuts a line into r->cells. False: not as many as there are columns.
static bool cut(TsvReader *r, Str line) {
  r->text.len = 0;
  if (r->text.cap < line.len + 1)
    buf_room(&r->text, line.len + 1);
  Str rest = line;
  size_t n = 0;
  for (;; n++) {
    const char *tab = rest.len ? memchr(rest.ptr, '\t', rest.len) : NULL;
    Str raw = {rest.ptr, tab ? (size_t)(tab - rest.ptr) : rest.len};
    if (n == r->ncolumns)
      return false;
    bool null = raw.len == 2 && raw.ptr[0] == '\\' && raw.ptr[1] == 'N';
    r->cells[n] = null ? (Cell){.is_null = true} : (Cell){.text = cell_text(r, n, raw)};
    if (!tab)
      break;
    rest = (Str){tab + 1, rest.len - raw.len - 1};
  }
  return n + 1 == r->ncolumns;
}

static bool header_line(TsvReader *r, Str line) {
  if (r->header < 0) { // the same header again
    r->header = r->header == -1 ? 2 : -1;
    return true;
  }
  if (r->header == 0) {
    r->names.len = 0;
    buf_add(&r->names, line);
    r->header = 1;
    return true;
  }
  r->ncolumns = count_cells(line);
  r->cells = arena_array(r->arena, Cell, r->ncolumns);
  r->columns = arena_array(r->arena, DbColumn, r->ncolumns);
  bool fits = cut(r, buf_str(&r->names));
  for (size_t i = 0; i < r->ncolumns && fits; i++)
    r->columns[i].name = str_dup(r->arena, r->cells[i].text);
  fits = fits && cut(r, line);
  for (size_t i = 0; i < r->ncolumns && fits; i++)
    r->columns[i].type = str_dup(r->arena, r->cells[i].text);
  r->header = 2;
  if (!fits) {
    r->odd = true;
    buf_add(&r->error, buf_str(&r->names));
    return false;
  }
  r->stopped =
      r->sink && r->sink->columns && !r->sink->columns(r->sink->data, r->columns, r->ncolumns);
  return !r->stopped;
}

static void error_add(TsvReader *r, Str line) {
  if (r->error.len < ERROR_MAX) {
    buf_add(&r->error, line);
    buf_addc(&r->error, '\n');
  }
}

// "Code: 395. DB::Exception: ": how an exception begins on a line of its own.
static bool looks_like_exception(Str line) {
  if (!str_starts(line, STR("Code: ")))
    return false;
  size_t i = 6;
  while (i < line.len && line.ptr[i] >= '0' && line.ptr[i] <= '9')
    i++;
  return i > 6 && str_starts(str_sub(line, i, line.len), STR(". DB::"));
}

static bool row(TsvReader *r, Str line) {
  if (!cut(r, line)) {
    r->odd = !looks_like_exception(line);
    r->in_error = true;
    error_add(r, line);
    return !r->odd;
  }
  r->rows++;
  r->stopped = r->sink && r->sink->row && !r->sink->row(r->sink->data, r->cells, r->ncolumns);
  return !r->stopped;
}

// What looked like an exception was a text column after all.
static bool release_held(TsvReader *r) {
  Buf held = r->held;
  r->held = (Buf){0};
  bool more = true;
  Str rest = buf_str(&held), one;
  while (more && rest.len && str_cut(&rest, '\n', &one))
    more = row(r, one);
  buf_free(&held);
  return more;
}

// A server that sends no tag ends a broken result with the exception as one more line. In a
// result of one column that line could be a row: it is kept until the end shows what it was.
static bool hold(TsvReader *r, Str line, bool first) {
  if (!first && (looks_like_exception(line) || r->held.len + line.len > HELD_MAX)) {
    if (!release_held(r))
      return false;
    if (!looks_like_exception(line))
      return row(r, line);
  }
  buf_add(&r->held, line);
  buf_addc(&r->held, '\n');
  return true;
}

static bool one_line(TsvReader *r, Str line) {
  if (r->in_error) {
    error_add(r, line);
    return true;
  }
  if (str_starts(line, STR("__exception__")) && line.len <= 14) {
    r->in_error = true;
    return true;
  }
  if (r->header != 2) {
    if (r->header == 0 && looks_like_exception(line)) {
      r->in_error = true;
      error_add(r, line);
      return true;
    }
    return header_line(r, line);
  }
  if (r->held.len || (r->ncolumns == 1 && !r->tag.len && looks_like_exception(line)))
    return hold(r, line, !r->held.len);
  return row(r, line);
}

// Whether a line of n bytes is more than may be kept. A header has an end, also where rows have
// none.
static bool too_large(TsvReader *r, size_t n) {
  size_t most = r->sink ? r->sink->most : 0;
  r->large = (most && n > most) || (r->header != 2 && n > HEADER_MAX);
  return r->large;
}

bool tsv_feed(TsvReader *r, Str piece) {
  const char *p = piece.ptr, *end = piece.ptr + piece.len;
  while (p < end) {
    const char *nl = memchr(p, '\n', (size_t)(end - p));
    if (too_large(r, r->line.len + (size_t)((nl ? nl : end) - p)))
      return false;
    if (!nl) {
      buf_add(&r->line, (Str){p, (size_t)(end - p)});
      break;
    }
    Str line = {p, (size_t)(nl - p)};
    if (r->line.len) {
      buf_add(&r->line, line);
      line = buf_str(&r->line);
    }
    bool more = one_line(r, line);
    r->line.len = 0;
    if (!more)
      return false;
    p = nl + 1;
  }
  return true;
}

// Takes the server's own tag and the length line off an exception's text.
static void untag(TsvReader *r) {
  Str text = str_trim(buf_str(&r->error));
  if (r->tag.len && str_starts(text, r->tag))
    text = str_trim(str_sub(text, r->tag.len, text.len));
  Str mark = STR("__exception__");
  if (str_ends(text, mark))
    text = str_trim(str_sub(text, 0, text.len - mark.len));
  if (r->tag.len && str_ends(text, r->tag)) {
    ptrdiff_t nl = str_rfind(text, STR("\n"));
    text = str_trim(str_sub(text, 0, nl < 0 ? 0 : (size_t)nl));
  }
  memmove(r->error.ptr, text.ptr, text.len);
  r->error.len = text.len;
}

bool tsv_end(TsvReader *r, bool whole) {
  if (r->large)
    return false;
  if (r->line.len && !r->stopped && !r->odd) {
    Buf last = r->line;
    r->line = (Buf){0};
    if (whole || r->in_error || looks_like_exception(buf_str(&last)))
      one_line(r, buf_str(&last));
    buf_free(&last);
  }
  if (r->held.len && !r->stopped) {
    Str text = str_trim(buf_str(&r->held));
    if (!whole || str_ends(text, STR(")"))) {
      r->in_error = true;
      error_add(r, text);
    } else {
      release_held(r);
    }
  }
  if (r->header == 1 && whole && !r->stopped && !r->in_error) {
    r->odd = true; // one line is no header
    buf_add(&r->error, buf_str(&r->names));
  }
  if (r->in_error && !r->odd)
    untag(r);
  return !r->odd && !r->in_error;
}
