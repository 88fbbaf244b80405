// Archives.
#ifndef STARC_DEPS_UNPACK_H
#define STARC_DEPS_UNPACK_H
#include "deps.h"

// Unpacks a tar archive into an empty folder. Nothing is ever written outside of it.
bool deps_unpack(Deps *d, const Require *r, Str archive, Str folder);

#endif
