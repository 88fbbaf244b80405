// Tuples whose parts have names too: what such a type is made of.
#ifndef STARC_NAMED_TUPLE_H
#define STARC_NAMED_TUPLE_H
#include "std.h"

// A tuple whose parts have names (named_tuple.c): its type, with the parts' names.
typedef struct NamedType {
  ObjectType type;
  const char *const *parts;
  size_t n;
} NamedType;
Value named_new(Arena *a, const NamedType *type, const Value *parts);
bool named_attr(Eval *ev, Object *o, Str name, Value *out);
bool named_item(Eval *ev, Object *o, Value key, Value *out);
bool named_iter(Eval *ev, Object *o, Iter *it);
int64_t named_len(const Object *o);
void named_repr(const Object *o, Buf *out);
bool named_eq(const Object *o, Value other);
uint64_t named_hash(const Object *o);
bool named_binary(Eval *ev, const char *op, Value l, Value r, Value *out);
#define NAMED_TYPE(shown)                                                                          \
  {                                                                                                \
    .name = (shown), .attr = named_attr, .item = named_item, .iter = named_iter, .len = named_len, \
    .repr = named_repr, .eq = named_eq, .hash = named_hash, .binary = named_binary                 \
  }

#endif
