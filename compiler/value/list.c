// In: items. Out: lists and tuples in an arena.
#include "list.h"

#include "value.h"

#include "../base/vec.h"

static Value sequence(Arena *a, ValueKind kind, size_t cap) {
  List *l = arena_new(a, List);
  if (cap) {
    l->items = arena_alloc(a, cap * sizeof *l->items);
    l->cap = cap;
  }
  return (Value){.kind = (uint8_t)kind, .list = l};
}

Value val_list(Arena *a, size_t cap) { return sequence(a, VAL_LIST, cap); }
Value val_tuple(Arena *a, size_t cap) { return sequence(a, VAL_TUPLE, cap); }

void list_push(Arena *a, List *l, Value v) { vec_push(a, l, v); }

void list_insert(Arena *a, List *l, size_t at, Value v) {
  list_push(a, l, v);
  memmove(l->items + at + 1, l->items + at, (l->n - 1 - at) * sizeof *l->items);
  l->items[at] = v;
}

void list_remove(List *l, size_t at) {
  memmove(l->items + at, l->items + at + 1, (l->n - 1 - at) * sizeof *l->items);
  l->n--;
}
