// check --unused: columns of the project that nothing in it reads.
#ifndef STARC_LINEAGE_UNUSED_H
#define STARC_LINEAGE_UNUSED_H
#include "../run/run.h"

// Lists those of the nodes of bits; the whole project is looked at. The exit code.
int unused_check(Run *r, const bool *bits);

#endif
