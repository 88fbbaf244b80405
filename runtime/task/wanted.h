// What a command that looks at nodes one by one works on: --inline, --inline-direct, or a
// selection.
#ifndef STARC_WANTED_H
#define STARC_WANTED_H
#include "../run/run.h"

// Whether an option gives the text, in place of a node.
bool wanted_inline(const RunOptions *o);
// The nodes, in the order of the graph; kinds: those that a selection may hold. NULL: reported.
const Node **wanted_nodes(Run *r, unsigned kinds, size_t *n);

#endif
