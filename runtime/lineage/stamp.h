// Whether a lineage.json is of the project as it is now.
#ifndef STARC_LINEAGE_STAMP_H
#define STARC_LINEAGE_STAMP_H
#include "../run/run.h"

// A digest, in hex, of what the columns of a project are made from: texts, configs and columns of
// nodes, macros, variables, those of the environment that texts name, the target and
// schemas.lock.json. What the tables of the target have is not in it.
Str lineage_stamp(Arena *a, const Run *r);

#endif
