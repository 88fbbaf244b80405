// What all databases share of load_type.h: which way a column's text is read.
#include "load_type.h"

bool load_is_own(const LoadRules *to, const LoadType *t, Str type) {
  const LoadType *leaf = t;
  while (leaf->kind == LOAD_ARRAY && leaf->item)
    leaf = leaf->item;
  // A moment's own text is in its column's zone, in which an hour of each year is there twice.
  return t->of == to && leaf->kind != LOAD_MOMENT && str_eq(str_trim(type), t->name);
}

Str load_select(Arena *a, const LoadRules *from, const LoadRules *to, Str column, const LoadType *t,
                Str type) {
  return from == to && load_is_own(to, t, type) ? from->own(a, column, t)
                                                : from->select(a, column, t);
}
