// What makes one table of several, or another shape of one: join, merge, pivot, homogenize, as
// agate has them. In: tables and names of columns. Out: new tables. Leaves rows and columns to
// table.c.
#include "../template/ops_access.h"
#include "table.h"
#include "table_types.h"

static Value key_of(Eval *ev, const TableObj *t, size_t row, const size_t *columns, size_t n) {
  if (n == 1)
    return table_cell(t, row, (ptrdiff_t)columns[0]);
  Value k = val_tuple(eval_arena(ev), n);
  for (size_t i = 0; i < n; i++)
    list_push(eval_arena(ev), k.list, table_cell(t, row, (ptrdiff_t)columns[i]));
  return k;
}

// One name or a list of them as positions.
static size_t *positions(Eval *ev, const TableObj *t, Value names, size_t *n) {
  if (names.kind != VAL_STR && !val_is_seq(names))
    eval_fail_code(ev, CODE_WRONG_ARGUMENT, "columns are given by their names here, not by %s",
                   val_type_name(names));
  *n = names.kind == VAL_STR ? 1 : names.list->n;
  size_t *out = arena_array(eval_arena(ev), size_t, *n + 1);
  for (size_t i = 0; i < *n; i++)
    out[i] = table_need_column(ev, t, names.kind == VAL_STR ? names : names.list->items[i]);
  return out;
}

static bool is_one_of(const size_t *list, size_t n, size_t i) {
  for (size_t k = 0; k < n; k++)
    if (list[k] == i)
      return true;
  return false;
}

// The numbers of the rows that have each key.
static Value rows_by_key(Eval *ev, const TableObj *t, const size_t *columns, size_t n) {
  Arena *a = eval_arena(ev);
  Value by = val_dict(a);
  for (size_t r = 0; r < t->nrows; r++) {
    Value k = key_of(ev, t, r, columns, n), *list = dict_get(by.dict, k);
    if (!list) {
      dict_set(a, by.dict, k, val_list(a, 1));
      list = dict_get(by.dict, k);
    }
    list_push(a, list->list, val_int((int64_t)r));
  }
  return by;
}

Value table_join(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  TableObj *l = need_table(ev, v[0], "join"), *r = need_table(ev, v[1], "join");
  size_t nl, nr, n = l->ncolumns, *lk = positions(ev, l, v[2], &nl);
  size_t *rk = positions(ev, r, v[3].kind == VAL_NONE ? v[2] : v[3], &nr);
  if (nl != nr)
    eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                   "join() needs as many columns of the one table as of the other");
  Str *heads = arena_array(a, Str, l->ncolumns + r->ncolumns + 1);
  size_t *from = arena_array(a, size_t, r->ncolumns + 1), nfrom = 0;
  for (size_t i = 0; i < n; i++)
    heads[i] = l->names[i];
  for (size_t i = 0; i < r->ncolumns; i++)
    if (!is_one_of(rk, nr, i)) {
      bool twice = table_column(l, r->names[i]) >= 0;
      heads[n++] = twice ? str_cat(a, r->names[i], STR("2")) : r->names[i];
      from[nfrom++] = i;
    }
  TableObj *out = table_new(a, heads, n);
  Value by = rows_by_key(ev, r, rk, nr);
  for (size_t i = 0; i < l->nrows; i++) {
    const Value *found = dict_get(by.dict, key_of(ev, l, i, lk, nl));
    size_t matches = found ? found->list->n : val_truth(v[4]) ? 0 : 1;
    eval_step(ev, matches * n + 1);
    for (size_t m = 0; m < matches; m++) {
      Value cells = val_tuple(a, n);
      for (size_t k = 0; k < l->ncolumns; k++)
        list_push(a, cells.list, table_cell(l, i, (ptrdiff_t)k));
      for (size_t k = 0; k < nfrom; k++)
        list_push(a, cells.list,
                  found ? table_cell(r, (size_t)found->list->items[m].i, (ptrdiff_t)from[k])
                        : val_none());
      table_add_row(a, out, cells);
    }
  }
  table_settle(a, out);
  return val_obj(out);
}

Value table_merge(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  Value tables = ops_list(ev, v[0]), seen = val_dict(a);
  for (size_t t = 0; t < tables.list->n; t++) {
    const TableObj *one = need_table(ev, tables.list->items[t], "merge");
    for (size_t i = 0; i < one->ncolumns; i++)
      if (!dict_gets(seen.dict, one->names[i]))
        dict_sets(a, seen.dict, one->names[i], val_none());
  }
  size_t n = 0;
  Str *heads = arena_array(a, Str, seen.dict->n + 1);
  DictEntry *e;
  for (size_t at = 0; (e = dict_next(seen.dict, &at));)
    heads[n++] = val_text(e->key);
  TableObj *out = table_new(a, heads, n);
  for (size_t t = 0; t < tables.list->n; t++) {
    const TableObj *one = need_table(ev, tables.list->items[t], "merge");
    for (size_t r = 0; r < one->nrows; r++) {
      eval_step(ev, n + 1);
      Value cells = val_tuple(a, n);
      for (size_t i = 0; i < n; i++)
        list_push(a, cells.list, table_cell(one, r, table_column(one, heads[i])));
      table_add_row(a, out, cells);
    }
  }
  table_settle(a, out);
  return val_obj(out);
}

// How many rows there are of each value of `key`; with `pivot` a column for each of its values.
Value table_pivot(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  TableObj *t = need_table(ev, v[0], "pivot");
  size_t nk, np = 0, *keys = positions(ev, t, v[1], &nk), *by = NULL;
  if (v[2].kind != VAL_NONE)
    by = positions(ev, t, v[2], &np);
  Value columns = val_dict(a), groups = val_dict(a);
  if (!np)
    dict_sets(a, columns.dict, STR("Count"), val_int(0));
  for (size_t r = 0; r < t->nrows; r++) {
    Value k = key_of(ev, t, r, keys, nk), *counts = dict_get(groups.dict, k);
    Value c = np ? val_str(val_to_str(a, key_of(ev, t, r, by, np))) : val_lit("Count");
    if (!counts) {
      dict_set(a, groups.dict, k, val_dict(a));
      counts = dict_get(groups.dict, k);
    }
    if (!dict_get(columns.dict, c))
      dict_set(a, columns.dict, c, val_int(0));
    const Value *had = dict_get(counts->dict, c);
    dict_set(a, counts->dict, c, val_int(had ? had->i + 1 : 1));
  }
  size_t n = nk;
  Str *heads = arena_array(a, Str, nk + columns.dict->n + 1);
  for (size_t i = 0; i < nk; i++)
    heads[i] = t->names[keys[i]];
  DictEntry *e, *c;
  for (size_t at = 0; (e = dict_next(columns.dict, &at));)
    heads[n++] = val_text(e->key);
  TableObj *out = table_new(a, heads, n);
  for (size_t at = 0; (e = dict_next(groups.dict, &at));) {
    Value cells = val_tuple(a, n);
    for (size_t i = 0; i < nk; i++)
      list_push(a, cells.list, nk == 1 ? e->key : e->key.list->items[i]);
    for (size_t k = 0; (c = dict_next(columns.dict, &k));) {
      const Value *had = dict_get(e->value.dict, c->key);
      Value count = had ? *had : val_int(0);
      table_cast(a, KIND_NUMBER, count, &count); // agate counts in Decimals
      list_push(a, cells.list, count);
    }
    table_add_row(a, out, cells);
  }
  table_settle(a, out);
  return val_obj(out);
}

// Rows for those of `compare_values` that `key` has not, filled with default_row.
Value table_homogenize(Eval *ev, const Value *v) {
  Arena *a = eval_arena(ev);
  TableObj *t = need_table(ev, v[0], "homogenize"), *out = table_new(a, t->names, t->ncolumns);
  size_t nk, *keys = positions(ev, t, v[1], &nk);
  Value have = rows_by_key(ev, t, keys, nk), wanted = ops_list(ev, v[2]);
  for (size_t r = 0; r < t->nrows; r++)
    table_add_row(a, out, row_cells(ev, t->rows[r]));
  for (size_t i = 0; i < wanted.list->n; i++) {
    Value w = wanted.list->items[i];
    w = val_is_seq(w) && nk == 1 && w.list->n == 1 ? w.list->items[0] : w;
    Value k = val_is_seq(w) ? val_tuple(a, nk) : w;
    for (size_t j = 0; val_is_seq(w) && j < w.list->n; j++)
      list_push(a, k.list, w.list->items[j]);
    if ((val_is_seq(k) ? k.list->n : 1) != nk)
      eval_fail_code(ev, CODE_WRONG_ARGUMENT,
                     "homogenize() needs a value for each column of its key");
    if (dict_get(have.dict, k))
      continue;
    Value cells = val_tuple(a, t->ncolumns);
    size_t filled = 0;
    for (size_t c = 0; c < t->ncolumns; c++) {
      Value cell = val_none();
      for (size_t j = 0; j < nk; j++)
        if (keys[j] == c)
          cell = nk == 1 ? k : k.list->items[j];
      if (!is_one_of(keys, nk, c) && val_is_seq(v[3]) && filled < v[3].list->n)
        cell = v[3].list->items[filled++];
      list_push(a, cells.list, cell);
    }
    table_add_row(a, out, cells);
  }
  table_settle(a, out);
  return val_obj(out);
}
