// Loops of the tree.
#ifndef STARC_LOOP_H
#define STARC_LOOP_H
#include "interp.h"

extern const Native loop_methods[];

Flow loop_run(Eval *ev, Frame *f, const Stmt *s);

#endif
