// Values as Jinja's NativeEnvironment makes them of rendered parts.
#ifndef STARC_NATIVE_H
#define STARC_NATIVE_H
#include "interp.h"

// Python's ast.literal_eval: false when text is not a literal.
bool native_literal(Arena *a, Str text, Value *out);
Value native_result(Eval *ev, const List *parts);

#endif
