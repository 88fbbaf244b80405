// What is known of the columns of relations that no checked query makes: schemas.lock.json, the
// target, YAML; and of what only a server has. In: nodes. Out: columns, and the empty relations.
#ifndef STARC_CHECK_SOURCES_H
#define STARC_CHECK_SOURCES_H
#include "place.h"

typedef struct SourceList {
  const Node **items;
  size_t n;
} SourceList;

// The sources that these nodes read or are, each once; all: and those that none reads.
SourceList sources_of(Run *r, const Node *const *nodes, size_t n, bool all);

// [name, type] of each column of a node, as its YAML says them; none unless each has a type.
Value columns_of_yaml(Arena *a, const Node *n);

// [name, type] of the columns that a node had when it was last checked with --update-sources, else
// as its YAML says them; none: neither.
Value columns_it_had(Run *r, const Node *n);

// Finds the columns of the sources that these nodes read, and of those among them; before the place
// is opened. With
// --update-sources the target is asked for all of them, else for those that the lock file does not
// have, unless --offline is given: a target that does not answer is told once. False: reported.
bool sources_ask(Run *r, const Node *const *nodes, size_t n, Map *asked);

// The columns of a source whose files lie on this machine, from the place itself: no warehouse is
// needed for them. None: its files cannot be read, or it has none.
Value columns_of_files(CheckPlace *p, const Node *source);

// Makes the relation of a node with these columns and no rows. False: it was refused, which is
// told with the node's name.
bool relation_make(CheckPlace *p, const Node *n, Value columns);

// Where the YAML has the name of a source's table.
const Source *source_place(const Node *source, Span *span);

#endif
