// check --drop and --retype: what would become of the project without a column, or with another
// type of it. In: the options. Out: what fails, which columns go with it or change their type, and
// who may read it. Nothing is written.
#ifndef STARC_LINEAGE_SUPPOSE_H
#define STARC_LINEAGE_SUPPOSE_H
#include "../run/run.h"

// Whether an option asks for it.
static inline bool suppose_is_asked(const RunOptions *o) { return o->drops.n || o->retypes.n; }
// Of the nodes that are selected and all that they read. The exit code: EXIT_FAILED where something
// fails.
int suppose_check(Run *r, bool *bits);

#endif
