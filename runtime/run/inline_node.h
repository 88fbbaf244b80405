// A node that is not in the graph, for a text that an option gives.
#ifndef STARC_INLINE_NODE_H
#define STARC_INLINE_NODE_H
#include "run.h"

// The text is a template, unless `direct`. NULL: an error was recorded.
Node *node_inline(Run *r, Str option, Str sql, bool direct, Diags *diags);

#endif
