// Query results as templates see them: agate's tables, their columns, rows and sequences. In: a
// DbResult or a seed's file. Out: objects. The types of columns are table_types.c's.
#include "table.h"
#include "../base/vec.h"
#include "../template/ops_access.h"

#include "seed.h"
#include "table_print.h"
#include "table_types.h"

// --- sequences with names: rows, a row, the columns, a column

typedef enum SeqKind { SEQ_ROWS, SEQ_ROW, SEQ_COLUMNS, SEQ_COLUMN, SEQ_TABLES } SeqKind;
typedef struct Seq {
  Object object;
  SeqKind kind;
  const TableObj *table; // NULL: of SEQ_TABLES
  size_t index;          // of a column
  Value items;           // a tuple; of rows and columns made on first use
  Value groups;          // of SEQ_TABLES: a dict from a value to its table
} Seq;

static const ObjectType rows_type, row_type, columns_type, table_column_type, tables_type;

static Value items_of(Arena *a, Seq *s) {
  if (s->items.kind == VAL_TUPLE)
    return s->items;
  const TableObj *t = s->table;
  Value all = val_tuple(a, s->kind == SEQ_COLUMNS ? t->ncolumns : t->nrows);
  if (s->kind == SEQ_ROWS)
    for (size_t i = 0; i < t->nrows; i++)
      list_push(a, all.list, t->rows[i]);
  else if (s->kind == SEQ_COLUMN)
    for (size_t i = 0; i < t->nrows; i++)
      list_push(a, all.list, table_cell(t, i, (ptrdiff_t)s->index));
  else
    for (size_t i = 0; i < t->ncolumns; i++) {
      Seq *c = arena_new(a, Seq);
      *c = (Seq){{&table_column_type}, SEQ_COLUMN, t, i, val_none(), val_none()};
      list_push(a, all.list, val_obj(c));
    }
  s->items = all;
  return all;
}

// Names that items can be asked for by; rows and the cells of a column have none.
static bool has_names(const Seq *s) { return s->kind != SEQ_ROWS && s->kind != SEQ_COLUMN; }

static Value names_tuple(Arena *a, const TableObj *t) {
  Value names = val_tuple(a, t->ncolumns);
  for (size_t i = 0; i < t->ncolumns; i++)
    list_push(a, names.list, val_str(t->names[i]));
  return names;
}

static ptrdiff_t exact_column(const TableObj *t, Str name) {
  for (size_t i = 0; i < t->ncolumns; i++)
    if (str_eq(t->names[i], name))
      return (ptrdiff_t)i;
  return -1;
}

static Value keys_of(Arena *a, const Seq *s) {
  if (s->kind != SEQ_TABLES)
    return names_tuple(a, s->table);
  Value keys = val_tuple(a, s->groups.dict->n);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(s->groups.dict, &at));)
    list_push(a, keys.list, e->key);
  return keys;
}

static bool seq_named(Eval *ev, Seq *s, Value name, Value *out) {
  if (s->kind == SEQ_TABLES) {
    const Value *found = dict_get(s->groups.dict, name);
    if (found)
      *out = *found;
    return found != NULL;
  }
  ptrdiff_t i = has_names(s) && name.kind == VAL_STR ? exact_column(s->table, val_text(name)) : -1;
  Value items = items_of(eval_arena(ev), s);
  if (i < 0 || (size_t)i >= items.list->n)
    return false;
  *out = items.list->items[i];
  return true;
}

static bool seq_item(Eval *ev, Object *o, Value key, Value *out) {
  Seq *s = (Seq *)o;
  if (key.kind != VAL_INT)
    return seq_named(ev, s, key, out);
  Value items = items_of(eval_arena(ev), s);
  int64_t n = (int64_t)items.list->n, i = key.i < 0 ? key.i + n : key.i;
  if (i < 0 || i >= n)
    return false;
  *out = items.list->items[i];
  return true;
}

static int64_t seq_len(const Object *o) {
  const Seq *s = (const Seq *)o;
  if (s->items.kind == VAL_TUPLE)
    return (int64_t)s->items.list->n;
  return (int64_t)(s->kind == SEQ_COLUMNS ? s->table->ncolumns : s->table->nrows);
}

static bool seq_iter(Eval *ev, Object *o, Iter *it) {
  ops_iter(ev, items_of(eval_arena(ev), (Seq *)o), it);
  return true;
}

// The item of that place, unless it is not made yet.
static bool seq_peek(const Seq *s, size_t i, Value *out) {
  if (s->items.kind == VAL_TUPLE)
    *out = s->items.list->items[i];
  else if (s->kind == SEQ_ROWS)
    *out = s->table->rows[i];
  else if (s->kind == SEQ_COLUMN)
    *out = table_cell(s->table, i, (ptrdiff_t)s->index);
  else
    return false;
  return true;
}

static bool seq_eq(const Object *o, Value other) {
  const Seq *s = (const Seq *)o, *x = NULL;
  if (other.kind == VAL_OBJECT && other.obj == o)
    return true;
  if (other.kind == VAL_OBJECT && other.obj->type->item == seq_item)
    x = (const Seq *)other.obj;
  else if (!val_is_seq(other))
    return false;
  size_t n = (size_t)seq_len(o);
  if (n != (x ? (size_t)seq_len(other.obj) : other.list->n))
    return false;
  for (size_t i = 0; i < n; i++) {
    Value l, r = x ? val_none() : other.list->items[i];
    if (!seq_peek(s, i, &l) || (x && !seq_peek(x, i, &r)) || !val_eq(l, r))
      return false;
  }
  return true;
}
static uint64_t seq_hash(const Object *o) { return (uint64_t)seq_len(o); }

enum { SHOWN = 5 }; // so many items are printed

static void seq_repr(const Object *o, Buf *out) {
  const Seq *s = (const Seq *)o;
  Arena a = {0};
  Seq copy = *s;
  const List *items = items_of(&a, &copy).list;
  buf_addf(out, "<agate.%s: (", o->type->name);
  for (size_t i = 0; i < items->n && i < SHOWN; i++) {
    buf_add(out, i ? STR(", ") : STR(""));
    val_repr(out, items->items[i]);
  }
  buf_add(out, items->n > SHOWN ? STR(", ...)>") : STR(")>"));
  arena_free(&a);
}

// --- their methods

static Seq *self_seq(Value self) { return (Seq *)self.obj; }

static Value fn_values(Eval *ev, const Value *v) {
  return items_of(eval_arena(ev), self_seq(v[0]));
}

static Value fn_keys(Eval *ev, const Value *v) {
  Seq *s = self_seq(v[0]);
  return has_names(s) ? keys_of(eval_arena(ev), s) : val_none();
}

static Value fn_items(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Seq *s = self_seq(v[0]);
  if (!has_names(s))
    eval_fail(ev, "items() needs keys, and a %s has none", s->object.type->name);
  Value items = items_of(a, s), keys = keys_of(a, s), all = val_tuple(a, items.list->n);
  for (size_t i = 0; i < items.list->n && i < keys.list->n; i++) {
    Value pair = val_tuple(a, 2);
    list_push(a, pair.list, keys.list->items[i]);
    list_push(a, pair.list, items.list->items[i]);
    list_push(a, all.list, pair);
  }
  return all;
}

static Value fn_dict(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Seq *s = self_seq(v[0]);
  if (!has_names(s))
    eval_fail(ev, "dict() needs keys, and a %s has none", s->object.type->name);
  Value items = items_of(a, s), keys = keys_of(a, s), d = val_dict(a);
  for (size_t i = 0; i < items.list->n && i < keys.list->n; i++)
    dict_set(a, d.dict, keys.list->items[i], items.list->items[i]);
  return d;
}

// A default that counts as false gives none, as in agate.
static Value fn_get(Eval *ev, const Value *v) {
  Value out;
  Seq *s = self_seq(v[0]);
  return seq_named(ev, s, v[1], &out) ? out : val_truth(v[2]) ? v[2] : val_none();
}

static Value fn_index(Eval *ev, const Value *v) {
  Value items = items_of(eval_arena(ev), self_seq(v[0]));
  for (size_t i = 0; i < items.list->n; i++)
    if (val_eq(items.list->items[i], v[1]))
      return val_int((int64_t)i);
  Str what = val_to_str(eval_arena(ev), v[1]);
  eval_fail(ev, "'%.*s' is not in the %s", STR_ARG(what), v[0].obj->type->name);
}

static Value fn_count(Eval *ev, const Value *v) {
  Value items = items_of(eval_arena(ev), self_seq(v[0]));
  int64_t n = 0;
  for (size_t i = 0; i < items.list->n; i++)
    n += val_eq(items.list->items[i], v[1]);
  return val_int(n);
}

static Value without_nulls(Arena *a, Value items) {
  Value all = val_tuple(a, items.list->n);
  for (size_t i = 0; i < items.list->n; i++)
    if (!val_is_absent(items.list->items[i]))
      list_push(a, all.list, items.list->items[i]);
  return all;
}

static Value fn_without_nulls(Eval *ev, const Value *v) {
  return without_nulls(eval_arena(ev), items_of(eval_arena(ev), self_seq(v[0])));
}

static Value fn_distinct(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value items = items_of(a, self_seq(v[0])), all = val_tuple(a, 8), seen = val_dict(a);
  for (size_t i = 0; i < items.list->n; i++)
    if (!dict_get(seen.dict, items.list->items[i])) {
      dict_set(a, seen.dict, items.list->items[i], val_none());
      list_push(a, all.list, items.list->items[i]);
    }
  return all;
}

// A merge sort that keeps equal items in order; items that are none come last.
static int order_of(Eval *ev, Value x, Value y) {
  if (val_is_absent(x) || val_is_absent(y))
    return (int)val_is_absent(x) - (int)val_is_absent(y);
  if (x.kind != VAL_TUPLE || y.kind != VAL_TUPLE)
    return ops_compare(ev, x, y);
  int order = 0;
  for (size_t i = 0; !order && i < x.list->n && i < y.list->n; i++)
    order = order_of(ev, x.list->items[i], y.list->items[i]);
  return order ? order : (x.list->n > y.list->n) - (x.list->n < y.list->n);
}
static void sort_by(Eval *ev, Value *keys, size_t *order, size_t *room, size_t n, int sign) {
  if (n < 2)
    return;
  size_t half = n / 2;
  sort_by(ev, keys, order, room, half, sign);
  sort_by(ev, keys, order + half, room, n - half, sign);
  eval_step(ev, n);
  size_t i = 0, j = half, k = 0;
  while (i < half && j < n)
    room[k++] = sign * order_of(ev, keys[order[j]], keys[order[i]]) < 0 ? order[j++] : order[i++];
  while (i < half)
    room[k++] = order[i++];
  while (j < n)
    room[k++] = order[j++];
  memcpy(order, room, n * sizeof *order);
}
static size_t *sorted_order(Eval *ev, Value *keys, size_t n, bool reverse) {
  Arena *a = eval_arena(ev);
  size_t *order = arena_array(a, size_t, n + 1), *room = arena_array(a, size_t, n + 1);
  for (size_t i = 0; i < n; i++)
    order[i] = i;
  sort_by(ev, keys, order, room, n, reverse ? -1 : 1);
  return order;
}

static Value sorted(Eval *ev, Value items) {
  Arena *a = eval_arena(ev);
  Value all = val_list(a, items.list->n);
  size_t *order = sorted_order(ev, items.list->items, items.list->n, false);
  for (size_t i = 0; i < items.list->n; i++)
    list_push(a, all.list, items.list->items[order[i]]);
  return all;
}

static Value fn_sorted(Eval *ev, const Value *v) {
  return sorted(ev, items_of(eval_arena(ev), self_seq(v[0])));
}

static Value fn_without_nulls_sorted(Eval *ev, const Value *v) {
  return sorted(ev, fn_without_nulls(ev, v));
}

// clang-format off
const Native table_seq_methods[] = {
    {"values", fn_values, "self",                    "its items"},
    {"keys",   fn_keys,   "self",                    "their names"},
    {"items",  fn_items,  "self",                    "pairs of name and item"},
    {"dict",   fn_dict,   "self",                    "its items by their names"},
    {"get",    fn_get,    "self, key, default=none", "the item of that name, or default"},
    {"count",  fn_count,  "self, value",             "how often the value is in it"},
    {"index",  fn_index,  "self, value",             "the place of the value"},
    {0},
};
// clang-format on

// clang-format off
const Native table_column_methods[] = {
    {"values_without_nulls",        fn_without_nulls,        "self", "its values but none"},
    {"values_without_nulls_sorted", fn_without_nulls_sorted, "self", "the same in order"},
    {"values_distinct",             fn_distinct,             "self", "each value once"},
    {"values_sorted",               fn_sorted,               "self", "its values in order"},
    {0},
};
// clang-format on

static bool table_column_attr(Eval *ev, Object *o, Str name, Value *out) {
  const Seq *s = (const Seq *)o;
  Arena *a = eval_arena(ev);
  if (str_is(name, "name"))
    *out = val_str(s->table->names[s->index]);
  else if (str_is(name, "data_type"))
    *out = table_kind_value(a, s->table->kinds[s->index]);
  else if (str_is(name, "index"))
    *out = val_int((int64_t)s->index);
  else
    return native_find(a, table_column_methods, "column", name, val_obj(o), out);
  return true;
}

static bool seq_attr(Eval *ev, Object *o, Str name, Value *out) {
  return (((const Seq *)o)->kind == SEQ_COLUMN && table_column_attr(ev, o, name, out)) ||
         native_find(eval_arena(ev), table_seq_methods, o->type->name, name, val_obj(o), out);
}

#define SEQ_TYPE(shown)                                                                            \
  {                                                                                                \
    .name = (shown), .attr = seq_attr, .item = seq_item, .repr = seq_repr, .iter = seq_iter,       \
    .len = seq_len, .eq = seq_eq, .hash = seq_hash                                                 \
  }
static const ObjectType rows_type = SEQ_TYPE("MappedSequence");
static const ObjectType columns_type = SEQ_TYPE("MappedSequence");
static const ObjectType row_type = SEQ_TYPE("Row");
static const ObjectType table_column_type = SEQ_TYPE("Column");
static const ObjectType tables_type = SEQ_TYPE("TableSet");

static Value seq_new(Arena *a, const ObjectType *type, SeqKind kind, const TableObj *t) {
  Seq *s = arena_new(a, Seq);
  *s = (Seq){{type}, kind, t, 0, val_none(), val_none()};
  return val_obj(s);
}

Value row_cells(Eval *ev, Value row) {
  if (val_is_type(row, &row_type))
    return ((Seq *)row.obj)->items;
  if (val_is_seq(row))
    return row;
  eval_fail_code(ev, CODE_WRONG_ARGUMENT, "a row of a table is wanted, not %s", val_type_name(row));
}

// --- tables

// Names that come twice get a number, as agate does: x, x_2.
static void unique_names(Arena *a, TableObj *t) {
  for (size_t i = 0; i < t->ncolumns; i++) {
    Str name = t->names[i];
    if (!name.len) {
      Str letters = str_fmt(a, "%c", (char)('a' + i % 26));
      name = i < 26 ? letters : str_fmt(a, "%c%c", (char)('a' + i % 26), (char)('a' + i % 26));
    }
    Str given = name;
    for (int n = 2;; n++) {
      bool taken = false;
      for (size_t j = 0; j < i && !taken; j++)
        taken = str_eq(t->names[j], given);
      if (!taken)
        break;
      given = str_fmt(a, "%.*s_%d", STR_ARG(name), n);
    }
    t->names[i] = given;
  }
}

TableObj *table_new(Arena *a, const Str *names, size_t ncolumns) {
  TableObj *t = arena_new(a, TableObj);
  t->object.type = &table_type;
  t->ncolumns = ncolumns;
  t->names = arena_array(a, Str, ncolumns + 1);
  t->kinds = arena_array(a, uint8_t, ncolumns + 1);
  for (size_t i = 0; i < ncolumns; i++)
    t->names[i] = names[i];
  if (ncolumns <= 2000) // past that, doubles are the file's own trouble
    unique_names(a, t);
  return t;
}

void table_add_row(Arena *a, TableObj *t, Value cells) {
  Value tuple = val_tuple(a, t->ncolumns);
  for (size_t i = 0; i < t->ncolumns; i++)
    list_push(a, tuple.list, i < cells.list->n ? cells.list->items[i] : val_none());
  Seq *row = arena_new(a, Seq);
  *row = (Seq){{&row_type}, SEQ_ROW, t, 0, tuple, val_none()};
  vec_room(a, t->rows, t->nrows, t->rows_cap);
  t->rows[t->nrows++] = val_obj(row);
}

Value table_value(Arena *a, const DbResult *r) {
  Str *names = arena_array(a, Str, r->ncolumns + 1);
  for (size_t i = 0; i < r->ncolumns; i++)
    names[i] = r->columns[i].name;
  TableObj *t = table_new(a, names, r->ncolumns);
  for (size_t i = 0; i < r->nrows; i++)
    table_add_row(a, t, r->rows[i]);
  table_settle(a, t);
  return val_obj(t);
}

TableObj *need_table(Eval *ev, Value v, const char *fname) {
  if (!val_is_type(v, &table_type))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "%s() takes a table, not %s", fname, val_type_name(v));
  TableObj *t = (TableObj *)v.obj;
  if (t->unread)
    context_seed_rows(ev, t);
  return t;
}

ptrdiff_t table_column(const TableObj *t, Str name) {
  for (size_t i = 0; i < t->ncolumns; i++)
    if (str_eq_nocase(t->names[i], name))
      return (ptrdiff_t)i;
  return -1;
}

Value table_cell(const TableObj *t, size_t row, ptrdiff_t column) {
  const Seq *r = (const Seq *)t->rows[row].obj;
  return column < 0 || (size_t)column >= r->items.list->n ? val_none()
                                                          : r->items.list->items[column];
}

Value *table_place(TableObj *t, size_t row, size_t column) {
  return &((Seq *)t->rows[row].obj)->items.list->items[column];
}

Value table_cell_named(const TableObj *t, size_t row, const char *name) {
  return table_cell(t, row, table_column(t, str_c(name)));
}

// --- tables' methods

static TableObj *self_table(Eval *ev, Value self) { return need_table(ev, self, "table"); }

// A column by name or position; fails when there is none.
size_t table_need_column(Eval *ev, const TableObj *t, Value key) {
  ptrdiff_t i = key.kind == VAL_STR   ? exact_column(t, val_text(key))
                : key.kind == VAL_INT ? (ptrdiff_t)key.i
                                      : -1;
  if (i >= 0 && (size_t)i < t->ncolumns)
    return (size_t)i;
  Str name = val_to_str(eval_arena(ev), key);
  eval_fail_unknown(ev, CODE_WRONG_ARGUMENT,
                    (Unknown){.name = name, .names = t->names, .n = t->ncolumns},
                    "the table has no column '%.*s'", STR_ARG(name));
}

// The table with some of its columns and some of its rows, both by position.
static Value part_of_table(Eval *ev, const TableObj *t, const size_t *columns, size_t ncolumns,
                           const size_t *rows, size_t nrows) {
  Arena *a = eval_arena(ev);
  Str *names = arena_array(a, Str, ncolumns + 1);
  for (size_t i = 0; i < ncolumns; i++)
    names[i] = t->names[columns[i]];
  TableObj *n = table_new(a, names, ncolumns);
  for (size_t i = 0; i < ncolumns; i++)
    n->kinds[i] = t->kinds[columns[i]];
  eval_step(ev, nrows * (ncolumns + 1));
  for (size_t r = 0; r < nrows; r++) {
    Value cells = val_tuple(a, ncolumns);
    for (size_t i = 0; i < ncolumns; i++)
      list_push(a, cells.list, table_cell(t, rows ? rows[r] : r, (ptrdiff_t)columns[i]));
    table_add_row(a, n, cells);
  }
  return val_obj(n);
}

static size_t *all_columns(Arena *a, const TableObj *t) {
  size_t *columns = arena_array(a, size_t, t->ncolumns + 1);
  for (size_t i = 0; i < t->ncolumns; i++)
    columns[i] = i;
  return columns;
}

static Value keys_list(Eval *ev, Value key) {
  if (key.kind == VAL_STR || key.kind == VAL_INT) {
    Value l = val_list(eval_arena(ev), 1);
    list_push(eval_arena(ev), l.list, key);
    return l;
  }
  return ops_list(ev, key);
}

static Value fn_select(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  Value keys = keys_list(ev, v[1]);
  size_t *columns = arena_array(eval_arena(ev), size_t, keys.list->n + 1);
  for (size_t i = 0; i < keys.list->n; i++)
    columns[i] = table_need_column(ev, t, keys.list->items[i]);
  return part_of_table(ev, t, columns, keys.list->n, NULL, t->nrows);
}

static Value fn_exclude(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  Value keys = keys_list(ev, v[1]);
  size_t *columns = arena_array(eval_arena(ev), size_t, t->ncolumns + 1), n = 0;
  for (size_t i = 0; i < t->ncolumns; i++) {
    bool out = false;
    for (size_t j = 0; j < keys.list->n && !out; j++)
      out = val_is_str(keys.list->items[j], t->names[i]);
    if (!out)
      columns[n++] = i;
  }
  return part_of_table(ev, t, columns, n, NULL, t->nrows);
}

static Value fn_rename(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  Value copy = part_of_table(ev, t, all_columns(eval_arena(ev), t), t->ncolumns, NULL, t->nrows);
  TableObj *n = (TableObj *)copy.obj;
  for (size_t i = 0; i < n->ncolumns; i++) {
    Value *to = v[1].kind == VAL_DICT                  ? dict_gets(v[1].dict, n->names[i])
                : val_is_seq(v[1]) && i < v[1].list->n ? &v[1].list->items[i]
                                                       : NULL;
    if (to && to->kind == VAL_STR)
      n->names[i] = val_text(*to);
  }
  return copy;
}

static Value fn_limit(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  TableObj *t = self_table(ev, v[0]);
  Value places = val_tuple(a, t->nrows);
  for (size_t i = 0; i < t->nrows; i++)
    list_push(a, places.list, val_int((int64_t)i));
  bool alone = !val_truth(v[2]) && !val_truth(v[3]); // one number is where to stop
  places = ops_slice(ev, places, alone ? val_none() : v[1], alone ? v[1] : v[2], v[3]);
  size_t *rows = arena_array(a, size_t, places.list->n + 1);
  for (size_t i = 0; i < places.list->n; i++)
    rows[i] = (size_t)places.list->items[i].i;
  return part_of_table(ev, t, all_columns(a, t), t->ncolumns, rows, places.list->n);
}

static Value fn_where(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  size_t *rows = arena_array(eval_arena(ev), size_t, t->nrows + 1), n = 0;
  for (size_t i = 0; i < t->nrows; i++) {
    Args one = {&t->rows[i], 1, NULL, 0};
    if (val_truth(eval_call(ev, v[1], &one)))
      rows[n++] = i;
  }
  return part_of_table(ev, t, all_columns(eval_arena(ev), t), t->ncolumns, rows, n);
}

// What a row is ordered or told apart by: the cells of the columns named, or what `key` gives for
// it when it is a function.
static Value key_of_row(Eval *ev, const TableObj *t, size_t row, Value key, Value names) {
  if (names.kind == VAL_NONE)
    return eval_call(ev, key, &(Args){&t->rows[row], 1, NULL, 0});
  Value cells = val_tuple(eval_arena(ev), names.list->n);
  for (size_t i = 0; i < names.list->n; i++)
    list_push(eval_arena(ev), cells.list,
              table_cell(t, row, (ptrdiff_t)table_need_column(ev, t, names.list->items[i])));
  return names.list->n == 1 ? cells.list->items[0] : cells;
}

static Value key_names(Eval *ev, Value key) {
  return key.kind == VAL_STR || key.kind == VAL_INT || val_is_seq(key) ? keys_list(ev, key)
                                                                       : val_none();
}

static Value fn_order_by(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  Arena *a = eval_arena(ev);
  Value *keys = arena_array(a, Value, t->nrows + 1), names = key_names(ev, v[1]);
  for (size_t r = 0; r < t->nrows; r++)
    keys[r] = key_of_row(ev, t, r, v[1], names);
  size_t *order = sorted_order(ev, keys, t->nrows, val_truth(v[2]));
  return part_of_table(ev, t, all_columns(a, t), t->ncolumns, order, t->nrows);
}

static Value fn_table_distinct(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  Arena *a = eval_arena(ev);
  size_t *rows = arena_array(a, size_t, t->nrows + 1), n = 0;
  Value seen = val_dict(a), names = key_names(ev, v[1]);
  for (size_t r = 0; r < t->nrows; r++) {
    Value key = val_is_absent(v[1]) ? row_cells(ev, t->rows[r]) : key_of_row(ev, t, r, v[1], names);
    ops_need_hashable(ev, key);
    if (!dict_get(seen.dict, key)) {
      dict_set(a, seen.dict, key, val_none());
      rows[n++] = r;
    }
  }
  return part_of_table(ev, t, all_columns(a, t), t->ncolumns, rows, n);
}

// The tables of the rows with each value of a column, under that value.
static Value fn_group_by(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  Arena *a = eval_arena(ev);
  size_t key = table_need_column(ev, t, v[1]);
  Value groups = val_dict(a), out = val_dict(a);
  for (size_t r = 0; r < t->nrows; r++) {
    Value k = table_cell(t, r, (ptrdiff_t)key);
    Value *list = dict_get(groups.dict, k);
    if (!list) {
      dict_set(a, groups.dict, k, val_list(a, 4));
      list = dict_get(groups.dict, k);
    }
    list_push(a, list->list, val_int((int64_t)r));
  }
  Value items = val_tuple(a, groups.dict->n);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(groups.dict, &at));) {
    size_t n = e->value.list->n, *rows = arena_array(a, size_t, n + 1);
    for (size_t i = 0; i < n; i++)
      rows[i] = (size_t)e->value.list->items[i].i;
    Value part = part_of_table(ev, t, all_columns(a, t), t->ncolumns, rows, n);
    dict_set(a, out.dict, e->key, part);
    list_push(a, items.list, part);
  }
  Seq *s = arena_new(a, Seq);
  *s = (Seq){{&tables_type}, SEQ_TABLES, NULL, 0, items, out};
  return val_obj(s);
}

static Value fn_find(Eval *ev, const Value *v) {
  TableObj *t = self_table(ev, v[0]);
  for (size_t i = 0; i < t->nrows; i++) {
    Args one = {&t->rows[i], 1, NULL, 0};
    if (val_truth(eval_call(ev, v[1], &one)))
      return t->rows[i];
  }
  return val_none();
}

// clang-format off
const Native table_methods[] = {
    {"select",          fn_select,         "self, key",                 "a table of these columns"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.select(['c']).column_names }}{% endif %}\n=> ('c',)"},
    {"exclude",         fn_exclude,        "self, key",                 "a table without these columns"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.exclude(['c']).column_names }}{% endif %}\n=> ('n',)"},
    {"rename",          fn_rename,         "self, column_names=none, row_names=none, slug_columns=none, slug_rows=none",
     "with other column names: a list or a dict"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.rename(column_names=['x', 'y']).column_names }}{% endif %}\n=> ('x', 'y')"},
    {"limit",           fn_limit,          "self, start_or_stop=none, stop=none, step=none", "some of its rows"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.limit(1).rows | length }}{% endif %}\n=> 1"},
    {"where",           fn_where,          "self, test",                "the rows for which the function is true"},
    {"order_by",        fn_order_by,       "self, key, reverse=false",  "the rows in order"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.order_by('n', reverse=true).rows[0]['c'] }}{% endif %}\n=> b"},
    {"group_by",        fn_group_by,       "self, key",                 "a dict of tables"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.group_by('c').keys() | length }}{% endif %}\n=> 2"},
    {"distinct",        fn_table_distinct, "self, key=none",            "each row once"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.distinct('c').rows | length }}{% endif %}\n=> 2"},
    {"find",            fn_find,           "self, test",                "the first row for which the function is true"},
    {"join",            table_join,        "self, right_table, left_key, right_key=none, inner=false",
     "the columns of both, side by side"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.join(t, 'n').column_names }}{% endif %}\n=> ('n', 'c', 'c2')"},
    {"merge",           table_merge,       "tables",                    "the rows of several tables"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.merge([t, t]).rows | length }}{% endif %}\n=> 4"},
    {"pivot",           table_pivot,       "self, key, pivot=none",     "counts by the values of columns"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.pivot('c').column_names }}{% endif %}\n=> ('c', 'Count')"},
    {"homogenize",      table_homogenize,  "self, key, compare_values, default_row=none",
     "with rows for values that have none"},
    {"print_structure", table_structure,   "self",                      "prints its columns and their types"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.print_structure() }}{% endif %}\n=> None"},
    {"print_csv",       table_print_csv,   "self, *args, **kwargs",     "prints it as CSV"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.print_csv() }}{% endif %}\n=> None"},
    {"print_table",     table_print,       "self, max_rows=20, max_columns=6, output=none, max_column_width=20, locale=none, max_precision=3",
     "prints it"
     "\n{% set t = run_query(\"select 1 as n, 'a' as c union all select 2, 'b'\") %}\n{% if execute %}{{ t.print_table() }}{% endif %}\n=> None"},
    {0},
};
// clang-format on

static bool table_attr(Eval *ev, Object *o, Str name, Value *out) {
  TableObj *t = (TableObj *)o;
  Arena *a = eval_arena(ev);
  if (str_is(name, "column_names")) {
    *out = names_tuple(a, t);
  } else if (str_is(name, "rows")) {
    *out = seq_new(a, &rows_type, SEQ_ROWS, need_table(ev, val_obj(o), "rows"));
  } else if (str_is(name, "columns")) {
    if (t->unread)
      context_seed_rows(ev, t);
    *out = seq_new(a, &columns_type, SEQ_COLUMNS, t);
  } else if (str_is(name, "column_types")) {
    *out = val_tuple(a, t->ncolumns);
    for (size_t i = 0; i < t->ncolumns; i++)
      list_push(a, out->list, table_kind_value(a, t->kinds[i]));
  } else if (str_is(name, "row_names")) {
    *out = val_none();
  } else {
    return native_find(a, table_methods, "table", name, val_obj(o), out);
  }
  return true;
}

static void table_repr(const Object *o, Buf *out) {
  (void)o;
  buf_adds(out, "<agate.table.Table object>");
}
static int64_t table_len(const Object *o) { return (int64_t)((const TableObj *)o)->nrows; }
static bool table_item(Eval *ev, Object *o, Value key, Value *out) {
  const TableObj *t = need_table(ev, val_obj(o), "a row");
  int64_t n = (int64_t)t->nrows, i = key.kind == VAL_INT ? key.i + (key.i < 0 ? n : 0) : -1;
  if (i < 0 || i >= n)
    return false;
  *out = t->rows[i];
  return true;
}
static bool table_iter(Eval *ev, Object *o, Iter *it) {
  Value rows = seq_new(eval_arena(ev), &rows_type, SEQ_ROWS, need_table(ev, val_obj(o), "rows"));
  return seq_iter(ev, rows.obj, it);
}

const ObjectType table_type = {.name = "Table",
                               .attr = table_attr,
                               .str = table_str,
                               .repr = table_repr,
                               .item = table_item,
                               .iter = table_iter,
                               .len = table_len};
