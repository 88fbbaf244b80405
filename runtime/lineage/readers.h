// Who reads a column of a source.
#ifndef STARC_LINEAGE_READERS_H
#define STARC_LINEAGE_READERS_H
#include "../run/run.h"
#include "graph.h"

typedef struct Readers {
  const Node *
      *items; // models, snapshots and other relations first, then exposures; in the graph's order
  size_t n;
  size_t tests;   // how many tests look at it, which are not among them
  bool of_source; // who reads its column is not known: these read the source
  Str own;        // what of the source itself names it: "its loaded_at_field names it"; or empty
} Readers;

// All nodes that may read the column, in the arena. Without `columns`, or where they do not have
// it, who reads the source. An empty column: the source.
Readers readers_of(Arena *a, const LineageGraph *columns, const Node *source, Str column);

// "read by stg_orders, daily and 3 more, and by 2 tests"; "the source is read by ..", "nothing
// reads it".
Str readers_text(Arena *a, const Readers *readers);

// A run that tells readers, by what the last check of the whole project found of columns
// (target/lineage.json, read when first needed; of another version it is none).
typedef struct ReadersTold {
  Run *run;
  bool looked;
  const LineageGraph *columns;
} ReadersTold;
// That text, in the run's arena; `data`: a ReadersTold.
Str readers_tell(void *data, const Node *source, Str column);

#endif
