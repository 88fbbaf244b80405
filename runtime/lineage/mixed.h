// Warnings for comparisons of different types. In: what the database told while lineage was made.
#ifndef STARC_LINEAGE_MIXED_H
#define STARC_LINEAGE_MIXED_H
#include "../check/findings.h"
#include "build.h"

// Takes a warning for each, at the column where it stands once in the node's own text.
void mixed_find(const LineageBuild *b, Findings *f);

#endif
