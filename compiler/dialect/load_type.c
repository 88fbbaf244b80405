// What all databases share of load_type.h: which way a column's text is read.
#include "load_type.h"

bool load_is_own(const LoadRules *to, const LoadType *t, Str type) {
  return t->of == to && t->own.len && str_eq(str_trim(type), t->own);
}

Str load_select(Arena *a, const LoadRules *from, const LoadRules *to, Str column, const LoadType *t,
                Str type) {
  return load_is_own(to, t, type) ? to->own(a, column, t) : from->select(a, column, t);
}
