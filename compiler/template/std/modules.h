// The dict `modules`: how a part of it is made, and the parts that are no more than functions.
#ifndef STARC_MODULES_H
#define STARC_MODULES_H
#include "std.h"

// A module as a dict of its functions.
Value module_of(Arena *a, const Native *functions, const char *name);
Value module_re(Arena *a);
Value module_itertools(Arena *a);

#endif
