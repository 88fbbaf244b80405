// Which nodes may take a column, though the graph has no edge that says so: they read a node that
// it gets to, and what they are made of is not known. Who asks "may I drop it?" must hear of them.
#ifndef STARC_LINEAGE_DOUBT_H
#define STARC_LINEAGE_DOUBT_H
#include "tree.h"

typedef struct LineageDoubt {
  const LineageNode *node;
  const LineageNode *reads; // it is reached, or in doubt itself
} LineageDoubt;

typedef struct LineageDoubts {
  LineageDoubt *items; // in the graph's order, each node once
  size_t n;
} LineageDoubts;

// Of the way down that is asked for, within its depth. Readers are those of the project's graph.
LineageDoubts lineage_doubts(Arena *a, const LineageGraph *g, const LineageAsked *asked);
// A sentence without its end: "customers reads stg_customers and failed its check".
Str lineage_doubt_shown(Arena *a, const LineageGraph *g, const LineageDoubt *doubt);

#endif
