// Fields are only looked for as far as the last column that needs a look; a run of those that need
// none is copied at once.
#include "lines.h"

#include "../../compiler/dialect/load_cell.h"

typedef struct Lines {
  const LoadColumn *columns;
  size_t n, last; // how many there are, and up to which one fields are looked for
  Buf *out;
  Arena *a;
  LoadBad *bad;
  Buf written; // a field before its escapes
  int64_t row;
} Lines;

static bool refuse(Lines *l, size_t column, Str field, Str why) {
  Str text = load_unescape(l->a, str_sub(field, 0, 400));
  *l->bad = (LoadBad){column, str_dup(l->a, str_sub(text, 0, 200)), why, l->row};
  return false;
}

static bool is_null(Str field) {
  return field.len == 2 && field.ptr[0] == '\\' && field.ptr[1] == 'N';
}

static bool wrong_number(Lines *l, Str line, size_t fields) {
  return refuse(l, l->n, line, str_fmt(l->a, "the line has %zu fields, not %zu", fields, l->n));
}

// One field that has a cell. *from is where what has not been copied yet begins.
static bool field_of(Lines *l, size_t i, Str field, const char **from) {
  const LoadCell *c = l->columns[i].cell;
  Str why = {0};
  if (is_null(field))
    return !c->no_null ||
           refuse(l, i, field, str_fmt(l->a, "%.*s takes no NULL", STR_ARG(c->type)));
  Str text = load_unescape(l->a, field);
  if (c->check)
    return c->check(c, text, l->a, &why) || refuse(l, i, field, why);
  buf_add(l->out, str_n(*from, (size_t)(field.ptr - *from)));
  *from = field.ptr + field.len;
  if (c->plain)
    return c->write(c, text, l->out, l->a, &why) || refuse(l, i, field, why);
  l->written.len = 0;
  if (!c->write(c, text, &l->written, l->a, &why))
    return refuse(l, i, field, why);
  load_escape(l->out, buf_str(&l->written));
  return true;
}

// line: without its end, which is copied with it if it is there.
static bool one_line(Lines *l, Str line, bool ended) {
  const char *from = line.ptr, *at = line.ptr, *end = line.ptr + line.len;
  for (size_t i = 0; i < l->last; i++) {
    const char *tab = at < end ? memchr(at, '\t', (size_t)(end - at)) : NULL;
    if ((i + 1 < l->n) != (tab != NULL))
      return wrong_number(l, line, tab ? l->n + 1 : i + 1);
    Str field = str_n(at, (size_t)((tab ? tab : end) - at));
    const LoadCell *c = l->columns[i].cell;
    if (c && (c->check || c->write || is_null(field)) && !field_of(l, i, field, &from))
      return false;
    at = tab ? tab + 1 : end;
  }
  buf_add(l->out, str_n(from, (size_t)(end - from) + ended));
  return true;
}

static int64_t count_lines(Str lines) {
  int64_t n = 0;
  const char *at = lines.ptr, *end = lines.ptr + lines.len;
  for (const char *stop; at < end && (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1)
    n++;
  return n + (at < end);
}

// Whether a field of the line may be \N.
static bool has_null(Str line) {
  const char *at = line.ptr, *end = line.ptr + line.len;
  while (at < end && (at = memchr(at, '\\', (size_t)(end - at)))) {
    if (at + 1 < end && at[1] == 'N')
      return true;
    at += 2;
  }
  return false;
}

bool load_lines(const LoadColumn *columns, size_t n, Str lines, Buf *out, int64_t *rows, Arena *a,
                LoadBad *bad) {
  Lines l = {.columns = columns, .n = n, .out = out, .a = a, .bad = bad, .written = {.arena = a}};
  size_t nulls = 0; // as `last`, also of columns that only take no NULL
  for (size_t i = 0; i < n; i++) {
    const LoadCell *c = columns[i].cell;
    l.last = c && (c->check || c->write) ? i + 1 : l.last;
    nulls = c ? i + 1 : nulls;
  }
  if (!lines.len)
    return true;
  if (!nulls || (!l.last && !has_null(lines))) {
    buf_add(out, lines);
    *rows += count_lines(lines);
    return true;
  }
  size_t last = l.last;
  const char *at = lines.ptr, *end = lines.ptr + lines.len;
  while (at < end) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    Str line = str_n(at, (size_t)((stop ? stop : end) - at));
    l.row++;
    l.last = nulls > last && has_null(line) ? nulls : last;
    if (!one_line(&l, line, stop != NULL))
      return false;
    at = stop ? stop + 1 : end;
  }
  *rows += l.row;
  return true;
}
