// Comparing and calculating: what dates, times and timedeltas have as objects, in their types.
#ifndef STARC_MODULES_DATEOPS_H
#define STARC_MODULES_DATEOPS_H
#include "std.h"

bool moment_eq(const Object *o, Value other);
uint64_t moment_hash(const Object *o);
bool delta_eq(const Object *o, Value other);
uint64_t delta_hash(const Object *o);
bool moment_binary(Eval *ev, const char *op, Value l, Value r, Value *out);

#endif
