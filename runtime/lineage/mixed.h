// Warnings for comparisons of different types. In: what the database told while lineage was made.
#ifndef STARC_LINEAGE_MIXED_H
#define STARC_LINEAGE_MIXED_H
#include "../check/findings.h"
#include "build.h"

// "'id' (UInt64) is compared with 'id' (String)"
Str mixed_shown(Arena *a, const MixedTypes *types);

// Takes a warning for each, at the column where it stands once in the node's own text.
void mixed_find(const LineageBuild *b, Findings *f);

#endif
