// Tables as text: agate's print_table with numbers as it writes them, and CSV.
#include "table_print.h"

#include "evaluation.h"
#include "table.h"
#include "table_types.h"
#include <stdlib.h>

// A number as digits. Of 1E+3 the digits are "1000".
typedef struct Digits {
  Str whole, fraction; // without zeros in front and at the end
  bool negative;
} Digits;

static Str trimmed(Str s, bool front) {
  while (s.len && s.ptr[front ? 0 : s.len - 1] == '0')
    s = front ? str_sub(s, 1, s.len) : str_sub(s, 0, s.len - 1);
  return s;
}

// False: infinite, not a number, or no number at all.
static bool digits_of(Arena *a, Value v, Digits *out) {
  Str s = val_to_str(a, v), digits = {0};
  long point = -1, exponent = 0;
  Buf b = {.arena = a};
  size_t i = 0;
  *out = (Digits){0};
  if (i < s.len && s.ptr[i] == '-')
    out->negative = ++i;
  for (; i < s.len && (s.ptr[i] | 0x20) != 'e'; i++) {
    if (s.ptr[i] == '.' && point < 0)
      point = (long)b.len;
    else if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
      buf_addc(&b, s.ptr[i]);
    else
      return false;
  }
  if (i < s.len)
    exponent = strtol(str_cstr(a, str_sub(s, i + 1, s.len)), NULL, 10);
  if (exponent > 400 || exponent < -400)
    return false;
  point = (point < 0 ? (long)b.len : point) + exponent;
  Buf padded = {.arena = a};
  for (; point < 0; point++)
    buf_addc(&padded, '0');
  buf_add(&padded, buf_str(&b));
  while ((long)padded.len < point)
    buf_addc(&padded, '0');
  digits = buf_str(&padded);
  out->whole = trimmed(str_sub(digits, 0, (size_t)point), true);
  out->fraction = trimmed(str_sub(digits, (size_t)point, digits.len), false);
  return digits.len > 0;
}

// To so many places, half to even.
static void round_digits(Arena *a, Digits *d, size_t places) {
  if (d->fraction.len <= places)
    return;
  char next = d->fraction.ptr[places];
  bool exact = d->fraction.len == places + 1;
  Str kept = str_fmt(a, "0%.*s%.*s", STR_ARG(d->whole), (int)places, d->fraction.ptr);
  char *digit = (char *)(uintptr_t)kept.ptr + kept.len - 1;
  if (next > '5' || (next == '5' && (!exact || (*digit - '0') % 2))) {
    for (; *digit == '9'; digit--)
      *digit = '0';
    ++*digit;
  }
  d->fraction = str_sub(kept, kept.len - places, kept.len);
  d->whole = trimmed(str_sub(kept, 0, kept.len - places), true);
}

// 1234.5 to three places: 1,234.500
static Str number_text(Arena *a, Digits d, size_t places, bool more) {
  Buf out = {.arena = a};
  round_digits(a, &d, places);
  if (d.negative)
    buf_addc(&out, '-');
  if (!d.whole.len)
    buf_addc(&out, '0');
  for (size_t i = 0; i < d.whole.len; i++) {
    buf_addc(&out, d.whole.ptr[i]);
    if ((d.whole.len - i) % 3 == 1 && i + 1 < d.whole.len)
      buf_addc(&out, ',');
  }
  for (size_t i = 0; i < places; i++) {
    if (i == 0)
      buf_addc(&out, '.');
    buf_addc(&out, i < d.fraction.len ? d.fraction.ptr[i] : '0');
  }
  if (more)
    buf_adds(&out, "\xE2\x80\xA6");
  return buf_str(&out);
}

// --- the cells
typedef struct Shape {
  size_t rows, columns, width, precision; // how much is shown
} Shape;

static bool right_aligned(uint8_t kind) { return kind != KIND_TEXT && kind != KIND_NULL; }

static size_t width_of(Str s) {
  size_t chars = 0;
  for (size_t i = 0; i < s.len; i++)
    chars += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
  return chars;
}

static Str cut(Arena *a, Str s, size_t max) {
  size_t chars = 0, i = 0;
  if (width_of(s) <= max)
    return s;
  for (; i < s.len; i++)
    if (((unsigned char)s.ptr[i] & 0xC0) != 0x80 && ++chars > (max > 3 ? max - 3 : 0))
      break;
  return str_fmt(a, "%.*s...", STR_ARG(str_sub(s, 0, i)));
}

static size_t places_of(Arena *a, const TableObj *t, size_t c, size_t rows) {
  size_t places = 0;
  Digits d;
  for (size_t r = 0; r < rows; r++)
    if (digits_of(a, table_cell(t, r, (ptrdiff_t)c), &d) && d.fraction.len > places)
      places = d.fraction.len;
  return places;
}

// One column's cells, the name first.
static void column_texts(Arena *a, const TableObj *t, size_t c, const Shape *show, Str *out) {
  bool number = t->kinds[c] == KIND_NUMBER || t->kinds[c] == KIND_INTEGER;
  size_t all = number ? places_of(a, t, c, show->rows) : 0;
  size_t places = all < show->precision ? all : show->precision;
  Digits d;
  out[0] = cut(a, t->names[c], show->width);
  for (size_t r = 0; r < show->rows; r++) {
    Value v = table_cell(t, r, (ptrdiff_t)c);
    Str s = val_is_absent(v) ? STR("") : val_to_str(a, v);
    if (number && !val_is_absent(v) && digits_of(a, v, &d))
      s = number_text(a, d, places, places < all);
    out[r + 1] = cut(a, s, show->width);
  }
}

static void pad(Buf *out, Str s, size_t width, bool right) {
  size_t chars = width_of(s), spaces = width > chars ? width - chars : 0;
  for (size_t i = 0; right && i < spaces; i++)
    buf_addc(out, ' ');
  buf_add(out, s);
  for (size_t i = 0; !right && i < spaces; i++)
    buf_addc(out, ' ');
}

// | a |  b |
static void print_rows(Buf *out, Arena *a, const TableObj *t, Shape show) {
  bool more_columns = show.columns < t->ncolumns;
  size_t nc = more_columns ? show.columns : t->ncolumns;
  bool more_rows = show.rows < t->nrows;
  show.rows = more_rows ? show.rows : t->nrows;
  Str **cells = arena_array(a, Str *, nc + 1);
  size_t *widths = arena_array(a, size_t, nc + 1);
  for (size_t c = 0; c < nc; c++) {
    cells[c] = arena_array(a, Str, show.rows + 1);
    column_texts(a, t, c, &show, cells[c]);
    widths[c] = 0;
    for (size_t r = 0; r <= show.rows; r++)
      widths[c] = width_of(cells[c][r]) > widths[c] ? width_of(cells[c][r]) : widths[c];
  }
  Str end = more_columns ? STR("| ... |\n") : STR("|\n");
  for (size_t r = 0; r <= show.rows + more_rows; r++) {
    for (size_t c = 0; c < nc; c++) {
      buf_adds(out, "| ");
      pad(out, r <= show.rows ? cells[c][r] : STR("..."), widths[c], right_aligned(t->kinds[c]));
      buf_adds(out, " ");
    }
    buf_add(out, end);
    for (size_t c = 0; r == 0 && c < nc; c++) {
      buf_adds(out, "| ");
      for (size_t i = 0; i < widths[c]; i++)
        buf_addc(out, '-');
      buf_adds(out, " ");
    }
    if (r == 0)
      buf_add(out, more_columns ? STR("| --- |\n") : STR("|\n"));
  }
}

static size_t count_arg(Value v, size_t otherwise) {
  return v.kind == VAL_INT && v.i >= 0 ? (size_t)v.i : v.kind == VAL_NONE ? SIZE_MAX : otherwise;
}

static void print_text(Context *c, Str text) {
  if (text.len && text.ptr[text.len - 1] == '\n')
    text.len--;
  if (c->shared->print)
    c->shared->print(c->shared->data, text);
}

Value table_print(Eval *ev, const Value *v) {
  Buf out = {.arena = eval_arena(ev)};
  print_rows(
      &out, eval_arena(ev), need_table(ev, v[0], "print_table"),
      (Shape){count_arg(v[1], 20), count_arg(v[2], 6), count_arg(v[4], 20), count_arg(v[6], 3)});
  print_text(context_of(ev), buf_str(&out));
  return val_none();
}

// --- CSV
static void csv_cell(Buf *out, Str s) {
  bool quote = false;
  for (size_t i = 0; i < s.len && !quote; i++)
    quote = s.ptr[i] == ',' || s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r';
  if (quote)
    dialect_double_quoted(out, s);
  else
    buf_add(out, s);
}

Str table_csv(Eval *ev, TableObj *t) {
  Arena *a = eval_arena(ev);
  Buf out = {.arena = a};
  for (size_t r = 0; r <= t->nrows; r++)
    for (size_t c = 0; c < t->ncolumns; c++) {
      Value v = r ? table_cell(t, r - 1, (ptrdiff_t)c) : val_str(t->names[c]);
      csv_cell(&out, val_is_absent(v) ? STR("") : val_to_str(a, v));
      buf_addc(&out, c + 1 < t->ncolumns ? ',' : '\n');
    }
  return buf_str(&out);
}

Value table_print_csv(Eval *ev, const Value *v) {
  print_text(context_of(ev), table_csv(ev, need_table(ev, v[0], "print_csv")));
  return val_none();
}

// --- structure
// str(t): its columns and their types.
void table_str(const Object *o, Buf *out) {
  const TableObj *t = (const TableObj *)o;
  size_t wide = strlen("column");
  for (size_t i = 0; i < t->ncolumns; i++)
    wide = width_of(t->names[i]) > wide ? width_of(t->names[i]) : wide;
  buf_adds(out, "| ");
  pad(out, STR("column"), wide, false);
  buf_adds(out, " | data_type |\n| ");
  for (size_t i = 0; i < wide; i++)
    buf_addc(out, '-');
  buf_adds(out, " | --------- |\n");
  for (size_t i = 0; i < t->ncolumns; i++) {
    buf_adds(out, "| ");
    pad(out, t->names[i], wide, false);
    buf_adds(out, " | ");
    pad(out, str_c(table_kinds[t->kinds[i]]), 9, false);
    buf_adds(out, " |\n");
  }
}

Value table_structure(Eval *ev, const Value *v) {
  Buf out = {.arena = eval_arena(ev)};
  table_str(&need_table(ev, v[0], "print_structure")->object, &out);
  print_text(context_of(ev), buf_str(&out));
  return val_none();
}
