// ref(), source(), this and their kin.
#ifndef STARC_CONTEXT_REFS_H
#define STARC_CONTEXT_REFS_H
#include "internal.h"

// The value of `this` for the context's node: in a unit test the rows given for it.
Value refs_this(Eval *ev, Context *c);

#endif
