// See unit_test.h. Equal rows of both sides are paired off; of those left, the ones that have most
// cells in common are shown as one row that changed.
#include "unit_test.h"

#include "../../compiler/base/sort.h"
#include "../../compiler/base/utf8.h"
#include "../../compiler/base/vec.h"

#include <stdlib.h>

enum { MAX_EQUAL_SHOWN = 5, MAX_PAIRED = 1000 };
static const char arrow[] = "\xE2\x86\x92";

typedef struct Row {
  Str *cells; // texts; NULL has no pointer
  Str key;    // all of them as one text
  bool paired;
} Row;

typedef VEC(Row) RowVec;

typedef struct Table {
  Arena *a;
  size_t ncolumns;
  Str *names;
  RowVec actual, expected;
  VEC(Str *) lines; // what is printed: a mark, then the cells
  bool differs;
} Table;

static int by_key(const void *x, const void *y) {
  return str_cmp(((const Row *)x)->key, ((const Row *)y)->key);
}

static bool same(Str x, Str y) { return !x.ptr == !y.ptr && str_eq(x, y); }

static void add_row(Table *t, const List *values, size_t side) {
  Row row = {.cells = arena_array(t->a, Str, t->ncolumns)};
  Buf key = {.arena = t->a};
  size_t at = 0;
  for (size_t i = 0; i < values->n; i++) {
    Value v = values->items[i];
    if (i == side)
      continue;
    bool null = val_is_absent(v);
    row.cells[at] = null ? (Str){0} : val_to_str(t->a, v);
    if (!null && !row.cells[at].ptr)
      row.cells[at].ptr = "";
    buf_addc(&key, null ? '0' : '1');
    buf_add(&key, row.cells[at++]);
    buf_addc(&key, 0);
  }
  row.key = buf_str(&key);
  bool actual = val_is_str(values->items[side], STR("actual"));
  vec_push(t->a, actual ? &t->actual : &t->expected, row);
}

static void add_line(Table *t, const char *mark, const Str *cells) {
  Str *line = arena_array(t->a, Str, t->ncolumns + 1);
  line[0] = str_c(mark);
  for (size_t i = 0; i < t->ncolumns; i++)
    line[i + 1] = cells ? (cells[i].ptr ? cells[i] : STR("NULL")) : STR("...");
  vec_push(t->a, &t->lines, line);
}

// Pairs rows that are equal; both sides are sorted. A few of them are shown, so that one sees what
// the table looks like.
static void pair_equal(Table *t) {
  size_t i = 0, k = 0, shown = 0;
  while (i < t->actual.n && k < t->expected.n) {
    int order = str_cmp(t->actual.items[i].key, t->expected.items[k].key);
    if (!order) {
      t->actual.items[i].paired = t->expected.items[k].paired = true;
      if (shown++ < MAX_EQUAL_SHOWN)
        add_line(t, "", t->actual.items[i].cells);
    }
    i += order <= 0;
    k += order >= 0;
  }
  if (shown > MAX_EQUAL_SHOWN)
    add_line(t, "...", NULL);
}

static size_t alike(const Table *t, const Row *x, const Row *y) {
  size_t n = 0;
  for (size_t i = 0; i < t->ncolumns; i++)
    n += same(x->cells[i], y->cells[i]);
  return n;
}

static void add_change(Table *t, const Row *want, const Row *got) {
  Str *cells = arena_array(t->a, Str, t->ncolumns);
  for (size_t i = 0; i < t->ncolumns; i++) {
    Str w = want->cells[i].ptr ? want->cells[i] : STR("NULL");
    Str g = got->cells[i].ptr ? got->cells[i] : STR("NULL");
    cells[i] = same(want->cells[i], got->cells[i])
                   ? want->cells[i]
                   : str_fmt(t->a, "%.*s%s%.*s", STR_ARG(w), arrow, STR_ARG(g));
  }
  add_line(t, arrow, cells);
}

static void pair_alike(Table *t) {
  if (t->expected.n > MAX_PAIRED || t->actual.n > MAX_PAIRED)
    return;
  for (size_t k = 0; k < t->expected.n; k++) {
    Row *want = &t->expected.items[k], *best = NULL;
    size_t most = 0;
    for (size_t i = 0; !want->paired && i < t->actual.n; i++) {
      Row *got = &t->actual.items[i];
      size_t n = got->paired ? 0 : alike(t, want, got);
      if (n > most) {
        most = n;
        best = got;
      }
    }
    if (!best)
      continue;
    add_change(t, want, best);
    want->paired = best->paired = t->differs = true;
  }
}

static void add_rest(Table *t, const RowVec *rows, const char *mark) {
  for (size_t i = 0; i < rows->n; i++)
    if (!rows->items[i].paired) {
      add_line(t, mark, rows->items[i].cells);
      t->differs = true;
    }
}

static void print_lines(const Table *t, Buf *out) {
  for (size_t k = 0; k < t->lines.n; k++) {
    for (size_t i = 0; i <= t->ncolumns; i++) {
      size_t width = 0, own = utf8_width(t->lines.items[k][i]);
      for (size_t j = 0; j < t->lines.n; j++) {
        size_t w = utf8_width(t->lines.items[j][i]);
        width = w > width ? w : width;
      }
      if (i)
        buf_addc(out, ',');
      buf_add(out, t->lines.items[k][i]);
      for (; i < t->ncolumns && own < width; own++)
        buf_addc(out, ' ');
    }
    buf_addc(out, '\n');
  }
}

bool unit_test_compare(Arena *a, Value names, Value rows, Buf *out) {
  Table t = {.a = a, .names = arena_array(a, Str, names.list->n + 1)};
  size_t side = 0;
  for (size_t i = 0; i < names.list->n; i++) {
    Str name = val_to_str(a, names.list->items[i]);
    if (str_eq_nocase(name, STR("actual_or_expected")))
      side = i;
    else
      t.names[t.ncolumns++] = name;
  }
  for (size_t i = 0; i < rows.list->n; i++)
    add_row(&t, rows.list->items[i].list, side);
  if (t.actual.n)
    sort_items(t.actual.items, t.actual.n, sizeof(Row), by_key);
  if (t.expected.n)
    sort_items(t.expected.items, t.expected.n, sizeof(Row), by_key);
  add_line(&t, "@@", t.names);
  pair_equal(&t);
  pair_alike(&t);
  add_rest(&t, &t.actual, "+++");
  add_rest(&t, &t.expected, "---");
  if (t.differs)
    print_lines(&t, out);
  return !t.differs;
}
