// What lists, tuples and dicts give beside their methods: views, reversed iterators, filling.
#ifndef STARC_METHODS_SEQ_H
#define STARC_METHODS_SEQ_H
#include "std.h"

// An iterator over reversed(v). False: v has no order to go back through.
bool reversed(Eval *ev, Value v, Value *out);

// Fills a dict as dict(...) and dict.update(...) do.
void dict_fill(Eval *ev, Dict *d, Value from, Value named);
Value tuple_of(Arena *a, const Value *items, size_t n);
// dict.items(), keys() and values() as views.
Value dict_view(Arena *a, Dict *d, const char *which);
extern const ObjectType dict_keys_type, dict_values_type, dict_items_type;
// A lazy iterator that can be gone through once, of an own type (list_reverseiterator, islice).
typedef struct Stream {
  Object object;
  bool (*next)(Eval *ev, void *state, Value *out);
  void *state;
} Stream;
Value stream_new(Arena *a, const ObjectType *t, bool (*next)(Eval *, void *, Value *), void *state);
bool stream_iter(Eval *ev, Object *o, Iter *it); // ObjectType.iter of Streams

#endif
