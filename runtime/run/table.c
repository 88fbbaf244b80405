// See table.h. Cells are the database's own text, so nothing is lost on the way.
#include "table.h"

#include "../../compiler/base/secret.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/value/json.h"
#include "../session/cells.h"
#include "../session/cells_nested.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROWEST = 4, WIDEST_ALONE = 60 };

void table_init(Table *t, Arena *a, int64_t limit) {
  *t = (Table){.arena = a, .limit = limit, .most = SIZE_MAX};
}

static bool take_columns(void *data, const DbColumn *columns, size_t n) {
  Table *t = data;
  t->columns = arena_array(t->arena, DbColumn, n + 1);
  t->ncolumns = n;
  t->nrows = 0;
  for (size_t i = 0; i < n; i++)
    t->columns[i] =
        (DbColumn){str_dup(t->arena, columns[i].name), str_dup(t->arena, columns[i].type)};
  return true;
}

static bool take_row(void *data, const Cell *cells, size_t n) {
  Table *t = data;
  if (t->limit >= 0 && (int64_t)t->nrows >= t->limit)
    return false;
  t->over = t->arena->total > t->most;
  if (t->over)
    return false;
  if (t->nrows == t->cap) {
    size_t cap = t->cap ? t->cap * 2 : 16, row = sizeof(Cell) * (n ? n : 1);
    t->cells = arena_grow(t->arena, t->cells, t->cap * row, cap * row);
    t->cap = cap;
  }
  for (size_t i = 0; i < n; i++)
    t->cells[t->nrows * n + i] = (Cell){str_dup(t->arena, cells[i].text), cells[i].is_null};
  t->nrows++;
  return true; // the statement itself ends at the limit, most often
}

RowSink table_sink(Table *t) {
  return (RowSink){.data = t, .columns = take_columns, .row = take_row};
}

static const Cell *cell_at(const Table *t, size_t row, size_t column) {
  return &t->cells[row * t->ncolumns + column];
}

// --- kinds of columns

static Str bare_type(Str type) {
  static const Str wrappers[] = {STR_INIT("Nullable("), STR_INIT("LowCardinality(")};
  for (size_t i = 0; i < 2; i++)
    if (str_starts(type, wrappers[i]))
      return bare_type(str_sub(type, wrappers[i].len, type.len - 1));
  return type;
}

static bool is_number(Str type) {
  static const char *const prefixes[] = {"Int",  "UInt",   "Float",    "Decimal",
                                         "int",  "bigint", "smallint", "numeric",
                                         "real", "double", "float"};
  type = bare_type(type);
  if (str_starts(type, STR("interval")) || str_ends(type, STR("[]")) ||
      str_starts(type, STR("int4range")) || str_starts(type, STR("int8range")) ||
      str_starts(type, STR("Interval")))
    return false;
  for (size_t i = 0; i < COUNT(prefixes); i++)
    if (str_starts(type, str_c(prefixes[i])))
      return true;
  return false;
}

// --- text

// Control characters would break the lines: shown as escapes.
static Str shown_cell(Arena *a, const Cell *c) {
  if (c->is_null)
    return STR("");
  Str s = secret_mask(a, c->text); // a half of a secret would not be known again
  bool plain = true;
  for (size_t i = 0; i < s.len && plain; i++)
    plain = (unsigned char)s.ptr[i] >= 32 && s.ptr[i] != 127;
  if (plain)
    return s;
  Buf b = {.arena = a};
  for (size_t i = 0; i < s.len; i++) {
    unsigned char ch = (unsigned char)s.ptr[i];
    if (ch == '\n')
      buf_adds(&b, "\\n");
    else if (ch == '\t')
      buf_adds(&b, "\\t");
    else if (ch < 32 || ch == 127)
      buf_addf(&b, "\\x%02x", ch);
    else
      buf_addc(&b, s.ptr[i]);
  }
  return buf_str(&b);
}

static void add_fitted(Buf *out, Str s, size_t width, bool right) {
  size_t w = utf8_width(s);
  if (w > width) {
    size_t at = 0, used = 0;
    while (at < s.len) {
      size_t next = at;
      utf8_next(s, &next);
      size_t step = utf8_width(str_sub(s, at, next));
      if (used + step > width - 1)
        break;
      used += step;
      at = next;
    }
    buf_add(out, str_sub(s, 0, at));
    buf_adds(out, "…");
    w = used + 1;
    s.len = 0;
  }
  size_t pad = width > w ? width - w : 0;
  for (size_t i = 0; right && i < pad; i++)
    buf_addc(out, ' ');
  buf_add(out, s);
  for (size_t i = 0; !right && i < pad; i++)
    buf_addc(out, ' ');
}

static size_t capped(const size_t *widths, size_t n, size_t cap) {
  size_t total = 0;
  for (size_t i = 0; i < n; i++)
    total += widths[i] < cap ? widths[i] : cap;
  return total;
}

// Takes from the widest columns, from the left, until the line fits.
static void shrink(size_t *widths, size_t n, size_t room) {
  size_t frame = 3 * n + 1, most = room > frame ? room - frame : 0; // "| " and " |"
  size_t low = NARROWEST, high = NARROWEST;                         // a cap that fits, one too high
  for (size_t i = 0; i < n; i++)
    high = widths[i] >= high ? widths[i] + 1 : high;
  while (high - low > 1) {
    size_t cap = low + (high - low) / 2;
    *(capped(widths, n, cap) <= most ? &low : &high) = cap;
  }
  size_t used = capped(widths, n, low), spare = most > used ? most - used : 0;
  for (size_t i = n; i-- > 0;)
    if (widths[i] > low) {
      widths[i] = low + (spare > 0);
      spare -= spare > 0;
    }
}

void table_text(Buf *out, const Table *t, size_t room) {
  Arena a = {0};
  size_t *widths = arena_array(&a, size_t, t->ncolumns + 1);
  for (size_t c = 0; c < t->ncolumns; c++) {
    widths[c] = utf8_width(t->columns[c].name);
    for (size_t i = 0; i < t->nrows; i++) {
      size_t w = utf8_width(shown_cell(&a, cell_at(t, i, c)));
      if (w > widths[c])
        widths[c] = w;
    }
    if (t->ncolumns > 1 && widths[c] > 4 * WIDEST_ALONE)
      widths[c] = 4 * WIDEST_ALONE;
  }
  shrink(widths, t->ncolumns, room);
  buf_addc(out, '|');
  for (size_t c = 0; c < t->ncolumns; c++) {
    buf_addc(out, ' ');
    add_fitted(out, t->columns[c].name, widths[c], is_number(t->columns[c].type));
    buf_adds(out, " |");
  }
  buf_adds(out, "\n|");
  for (size_t c = 0; c < t->ncolumns; c++) {
    buf_addc(out, ' ');
    for (size_t i = 0; i < widths[c]; i++)
      buf_addc(out, '-');
    buf_adds(out, " |");
  }
  for (size_t i = 0; i < t->nrows; i++) {
    buf_adds(out, "\n|");
    for (size_t c = 0; c < t->ncolumns; c++) {
      buf_addc(out, ' ');
      add_fitted(out, shown_cell(&a, cell_at(t, i, c)), widths[c], is_number(t->columns[c].type));
      buf_adds(out, " |");
    }
  }
  arena_free(&a);
}

// --- JSON and CSV

// As dbt has it: what templates see, with numbers as floats and a T before the time of day.
static void json_cell(Json *j, const Table *t, size_t row, size_t column) {
  const Cell *c = cell_at(t, row, column);
  Str type = t->columns[column].type;
  if (c->is_null)
    json_null(j);
  else
    json_value(j,
               field_json_ready(t->arena, cell_value(cell_reader(type), t->arena, type, c->text)));
}

void table_json(Json *j, const Table *t) {
  json_open_array(j);
  for (size_t i = 0; i < t->nrows; i++) {
    json_open_object(j);
    for (size_t c = 0; c < t->ncolumns; c++) {
      json_key(j, t->columns[c].name);
      json_cell(j, t, i, c);
    }
    json_close_object(j);
  }
  json_close_array(j);
}

static void csv_field(Buf *out, Str s) {
  bool quote = false;
  for (size_t i = 0; i < s.len; i++)
    quote |= s.ptr[i] == ',' || s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r';
  if (!quote) {
    buf_add(out, s);
    return;
  }
  buf_addc(out, '"');
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '"')
      buf_addc(out, '"');
    buf_addc(out, s.ptr[i]);
  }
  buf_addc(out, '"');
}

void print_csv(Buf *out, const Table *t) {
  for (size_t c = 0; c < t->ncolumns; c++) {
    if (c)
      buf_addc(out, ',');
    csv_field(out, t->columns[c].name);
  }
  for (size_t i = 0; i < t->nrows; i++) {
    buf_addc(out, '\n');
    for (size_t c = 0; c < t->ncolumns; c++) {
      if (c)
        buf_addc(out, ',');
      if (!cell_at(t, i, c)->is_null)
        csv_field(out, cell_at(t, i, c)->text);
    }
  }
}

// --- printing

size_t terminal_width(void) {
  struct winsize w;
  if (isatty(1) && ioctl(1, TIOCGWINSZ, &w) == 0 && w.ws_col > 20)
    return w.ws_col;
  return isatty(1) ? 80 : 10000;
}

void table_show(Run *r, const Table *t, const Node *n, bool is_inline) {
  const RunOptions *o = r->options;
  Buf b = {0}, preview = {0};
  Str name = node_versioned_name(&r->arena, n);
  table_json(&(Json){.out = &preview}, t);
  if (str_is(o->output, "json")) {
    Json j = {.out = &b, .indent = 2};
    json_open_object(&j);
    if (!is_inline)
      json_key_str(&j, "node", name);
    json_key(&j, STR("show"));
    table_json(&j, t);
    json_close_object(&j);
  } else if (str_is(o->output, "csv")) {
    print_csv(&b, t);
  } else {
    if (!is_inline && !o->quiet)
      buf_addf(&b, "Previewing node '%.*s':\n", STR_ARG(name));
    table_text(&b, t, terminal_width());
  }
  run_event(
      r, (Event){.kind = EV_ShowNode,
                 .msg = buf_str(&b),
                 .fields = EVENT_FIELDS(
                     {"is_inline", val_bool(is_inline)}, {"node_name", val_str(name)},
                     {"output_format", val_str(o->output)}, {"preview", val_str(buf_str(&preview))},
                     {"quiet", val_bool(o->quiet)}, {"unique_id", val_str(n->id)}),
                 .bare = true});
  buf_free(&b);
  buf_free(&preview);
}
