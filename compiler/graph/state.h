// An earlier run to compare with: its manifest, results and freshness, read from --state's folder.
#ifndef STARC_STATE_H
#define STARC_STATE_H
#include "graph.h"

typedef struct StateIndex {
  Map nodes;        // unique id -> Value * (the node's dict in the earlier manifest)
  Map macros;       // unique id -> Value *
  Map results;      // unique id -> Value * (its run result)
  bool has_results; // run_results.json was there
  bool has_sources; // sources.json was there
} StateIndex;

// Reads manifest.json (needed) and run_results.json (if there) of a folder. NULL: errors recorded.
StateIndex *state_load(Arena *a, Str dir, Diags *diags);

// Whether a node is what state:WHAT says: new, old, modified, unmodified, modified.body,
// modified.configs, modified.relation. *known is false for another word.
bool state_matches(const StateIndex *s, const Graph *g, const Node *n, Str what, bool *known);

// The words that state: knows, for messages.
extern const Str state_words[];
extern const size_t state_nwords;

#endif
