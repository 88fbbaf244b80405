// Where a value was written that a statement was made of: asked when a database refuses it.
#ifndef STARC_VALUE_PLACE_H
#define STARC_VALUE_PLACE_H
#include "node.h"

// A text in memory that a template was given as it is: a slice of a value of the node's config or
// YAML, of a variable, of a constant in a template. Found by its address, never by what it says:
// the place in the file that it was written in. `whole`: the place of all of the value instead.
// False: nothing that somebody wrote lies there.
bool value_place(const Graph *g, const Node *n, Str text, bool whole, const Source **src,
                 Span *span);

#endif
