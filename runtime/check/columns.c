// See columns.h. In: rows of schema, relation, column, type. Out: the columns of each node.
#include "columns.h"
#include "../../compiler/base/vec.h"
#include "../run/worker.h"

static Str relation_key(Arena *a, Str schema, Str name) {
  return str_fmt(a, "%.*s%c%.*s", STR_ARG(schema), '\0', STR_ARG(name));
}

// The schemas of these nodes, each once.
static Value schemas_of(Arena *a, CheckedNode *const *nodes, size_t n) {
  Value schemas = val_list(a, 0);
  Map seen = {0};
  for (size_t i = 0; i < n; i++)
    if (map_add(a, &seen, nodes[i]->node->schema))
      list_push(a, schemas.list, val_str(nodes[i]->node->schema));
  return schemas;
}

// What their relations are called; empty where they are so many that all of their schemas are
// asked.
static Value names_of(Arena *a, CheckedNode *const *nodes, size_t n) {
  enum { FEW = 500 };
  Value names = val_list(a, 0);
  for (size_t i = 0; n <= FEW && i < n; i++)
    list_push(a, names.list, val_str(nodes[i]->node->alias));
  return names;
}

// Rows of one relation stand together: those from `from` on.
static size_t take_columns(Arena *a, const List *rows, size_t from, CheckedNode *c) {
  size_t end = from;
  const Value *first = rows->items[from].list->items;
  while (end < rows->n && val_eq(rows->items[end].list->items[0], first[0]) &&
         val_eq(rows->items[end].list->items[1], first[1]))
    end++;
  if (!c)
    return end;
  DbColumn *columns = arena_array(a, DbColumn, end - from);
  for (size_t i = from; i < end; i++) {
    const Value *row = rows->items[i].list->items;
    columns[i - from] = (DbColumn){str_dup(a, val_text(row[2])), str_dup(a, val_text(row[3]))};
  }
  c->columns = columns;
  c->ncolumns = end - from;
  return end;
}

void columns_read(CheckPlace *p, CheckedNode *const *nodes, size_t n) {
  Arena own = {0}, *a = &own;
  Map of = {0};
  for (size_t i = 0; i < n; i++)
    map_put(a, &of, relation_key(a, nodes[i]->node->schema, nodes[i]->node->alias), nodes[i]);
  Value given[2] = {schemas_of(a, nodes, n), names_of(a, nodes, n)}, rows;
  Args args = {given, 2, NULL, 0};
  Diags ignored = {0};
  diags_init(&ignored);
  bool good = place_call(p, a, STR("starc_check_made_columns"), &args, &rows, &ignored);
  for (size_t i = 0; good && i < val_count(rows);) {
    const Value *row = rows.list->items[i].list->items;
    i = take_columns(&p->run->arena, rows.list, i,
                     map_get(&of, relation_key(a, val_text(row[0]), val_text(row[1]))));
  }
  diags_free(&ignored);
  arena_free(&own);
}

bool columns_have(const CheckedNode *c, Str name) {
  for (size_t i = 0; i < c->ncolumns; i++)
    if (str_eq_nocase(c->columns[i].name, name))
      return true;
  return false;
}

static const DbColumn *find(LockedColumns columns, Str name) {
  for (size_t i = 0; i < columns.n; i++)
    if (str_eq(columns.items[i].name, name))
      return &columns.items[i];
  return NULL;
}

// The names of columns that were not there then; of this type, if one is given.
static size_t new_names(Str *names, LockedColumns now, LockedColumns then, Str type) {
  size_t n = 0;
  for (size_t i = 0; i < now.n; i++)
    if (!find(then, now.items[i].name) && (!type.ptr || str_eq(now.items[i].type, type)))
      names[n++] = now.items[i].name;
  return n;
}

Str columns_became(Arena *a, LockedColumns now, LockedColumns then, Str gone) {
  const DbColumn *was = find(then, gone);
  if (!was)
    return (Str){0};
  Str *names = arena_array(a, Str, now.n + 1);
  size_t n = new_names(names, now, then, was->type);
  Str near = str_nearest(gone, names, n);
  return near.len || n != 1 ? near : names[0];
}

Str columns_dotted(LockedColumns now, Str name) {
  Str found = {0};
  for (size_t i = 0; i < now.n; i++) {
    Str column = now.items[i].name;
    ptrdiff_t dot = str_rfind(column, STR("."));
    if (str_eq_nocase(column, name))
      return (Str){0};
    bool nested = str_starts(now.items[i].type, STR("Array(")); // a part of one column
    if (dot > 0 && !nested && !found.len &&
        str_eq_nocase(str_sub(column, (size_t)dot + 1, column.len), name))
      found = column;
  }
  return found;
}

Str columns_dotted_hint(Arena *a, Str dotted, Str name) {
  return str_fmt(a,
                 "it is there as '%.*s', as a join names it where two tables have it: write "
                 "`%.*s as %.*s` there",
                 STR_ARG(dotted), STR_ARG(dotted), STR_ARG(name));
}

bool columns_hint(Diags *diags, Diag *d, LockedColumns now, LockedColumns then, Str name) {
  Arena a = {0};
  Str *names = arena_array(&a, Str, now.n + 1), other = columns_became(&a, now, then, name);
  Str dotted = columns_dotted(now, name);
  bool was = find(then, name), said = other.len || dotted.len;
  size_t n = new_names(names, now, was ? then : (LockedColumns){0}, (Str){0});
  if (dotted.len)
    diag_hint(diags, d, "%.*s", STR_ARG(columns_dotted_hint(&a, dotted, name)));
  else if (said)
    diag_hint(diags, d, "did it become '%.*s'?", STR_ARG(other));
  else if (n || !was)
    said = diag_nearest(diags, d, name, names, n);
  arena_free(&a);
  return said;
}
