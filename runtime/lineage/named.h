// Which texts that are no query of a node's own name one of its columns: hooks, and what tells the
// age of a source. The graph of columns has none of these.
#ifndef STARC_LINEAGE_NAMED_H
#define STARC_LINEAGE_NAMED_H
#include "../../compiler/graph/node.h"

typedef struct NamedBy {
  const Node *node;  // whose text it is: the node's own, or a node's that reads it
  const char *where; // "post-hook", "loaded_at_field" ..
} NamedBy;

// The texts that name the column as a word, in any case: of another node those that name this one
// too. Each node and place once, its own first. *at: 0 at first. False: there is no other.
//
//   size_t at = 0;
//   for (NamedBy by; named_next(n, column, &at, &by);) ...
bool named_next(const Node *n, Str column, size_t *at, NamedBy *by);
// Whether there is any.
bool named_is(const Node *n, Str column);
// "its loaded_at_field names it", "the post-hook of model orders names it".
Str named_why(Arena *a, const Node *n, const NamedBy *by);

#endif
