// A set of names as the dict that templates see: `context` and `builtins`. In: how one name is
// looked up and how all are listed. Out: a value with the methods of a dict.
#ifndef STARC_NAMES_H
#define STARC_NAMES_H
#include "../template/eval.h"

typedef struct NameSet {
  Object object;
  void *data;
  bool (*lookup)(void *data, Eval *ev, Str name, Value *out);
  // Puts every name with its value into `dict`: asked only when a template wants all of them.
  void (*list)(void *data, Eval *ev, Dict *dict);
  void (*put)(void *data, Str name, Value v); // context.update(); NULL: nothing can be set
} NameSet;

Value name_set(Arena *a, NameSet set);

extern const Native name_set_methods[];

#endif
