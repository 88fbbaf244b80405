// Which packages are needed, and in which version.
#ifndef STARC_DEPS_RESOLVE_H
#define STARC_DEPS_RESOLVE_H
#include "deps.h"

typedef struct Pinned {
  Require require; // with what it was resolved to
  Str name;        // of the project inside
} Pinned;
// All of them, with what they need themselves. False: recorded.
bool deps_resolve(Deps *d, const Requirements *wanted, Pinned **out, size_t *n);

#endif
