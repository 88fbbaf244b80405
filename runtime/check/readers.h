// Who reads a column of a source.
#ifndef STARC_CHECK_READERS_H
#define STARC_CHECK_READERS_H
#include "../../compiler/graph/node.h"

typedef struct Readers {
  const Node *
      *items; // models, snapshots and other relations first, then exposures; in the graph's order
  size_t n;
  size_t tests; // how many tests look at it, which are not among them
} Readers;

// All nodes that may read the column, in the arena. What each of them takes of the source is not
// looked at: who reads the source reads each of its columns. An empty column: the source.
Readers readers_of(Arena *a, const Node *source, Str column);

// "read by stg_orders, daily and 3 more, and by 2 tests"; "nothing reads it".
Str readers_text(Arena *a, const Readers *readers);

#endif
