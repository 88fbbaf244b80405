// Attributes, items, slices and iteration of values. They do not return on failure.
#ifndef STARC_OPS_ACCESS_H
#define STARC_OPS_ACCESS_H
#include "ops.h"

// An undefined value for something that is not in v.
Value ops_missing(Eval *ev, Value v, Value key);

// x.name (attribute first, then item) and x[key] (item first, then attribute). Undefined when
// there is no such thing; fails on Undefined itself unless the evaluation is lenient.
Value ops_attr(Eval *ev, Value v, Str name);
Value ops_item(Eval *ev, Value v, Value key);

// x[from:to:step]; none for a part left out.
Value ops_slice(Eval *ev, Value v, Value from, Value to, Value step);

// Starts iterating; fails with "'X' object is not iterable". Undefined and lists, tuples, dicts
// (keys), sets, strings (characters), ranges, generators and objects with iter.
void ops_iter(Eval *ev, Value v, Iter *it);

// All items as a new list.
Value ops_list(Eval *ev, Value v);

// len(v); fails with "object of type 'X' has no len()".
int64_t ops_len(Eval *ev, Value v);

// Fails unless v can be a dict key.
void ops_need_hashable(Eval *ev, Value v);

// A lazy sequence (printed as <generator object ...>): next is called until it returns false.
Value ops_generator(Eval *ev, const char *name, bool (*next)(Eval *, Iter *, Value *), void *state);

// The message for using an undefined value ("'x' is undefined", "'dict object' has no attribute
// 'y'"), and the failure itself.
Str ops_undef_message(Arena *a, Value v);
_Noreturn void ops_undef_fail(Eval *ev, Value v);
_Noreturn void ops_undef_called(Eval *ev, Value v); // the same of what was called: a macro, maybe

#endif
