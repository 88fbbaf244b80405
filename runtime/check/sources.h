// What is known of the columns of relations that no checked query makes.
#ifndef STARC_CHECK_SOURCES_H
#define STARC_CHECK_SOURCES_H
#include "place.h"

// [name, type] of each column of a node, as its YAML says them; none unless each has a type.
Value columns_of_yaml(Arena *a, const Node *n);

// Asks the target for the columns of the sources that these nodes read and whose YAML does not say
// them; before the place is opened. A target that does not answer is told once.
void sources_ask(Run *r, const Node *const *nodes, size_t n, Map *asked);

// Makes the relation of a node with these columns and no rows. False: it was refused, which is
// told with the node's name.
bool relation_make(CheckPlace *p, const Node *n, Value columns);

#endif
