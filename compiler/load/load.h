// Files -> a linked graph: reads every package's files on all threads, registers macros, parses
// each body once with execute false to collect its ref/source/config calls, reads properties,
// makes tests, resolves names, links. In a fixed order: two loads give the same bytes.
#ifndef STARC_LOAD_H
#define STARC_LOAD_H
#include "../context/context.h"

typedef struct Loaded {
  Graph *graph;
  Macros *macros;
} Loaded;

// `shared` is filled with graph and macros as they become ready. False: errors were recorded (all
// that were found, not just the first). Warnings may be recorded either way.
bool load_project(Arena *a, Project *p, ContextShared *shared, Loaded *out, Diags *diags);

// Whether microbatch models are run batch by batch: not when the project has a macro of its own for
// the strategy, unless its flag require_batched_execution_for_custom_microbatch_strategy is set.
bool load_batches_wanted(const Macros *m, const Project *p);

#endif
