// Exposures, groups and unit tests of schema files.
#ifndef STARC_LOAD_EXPOSURES_H
#define STARC_LOAD_EXPOSURES_H
#include "internal.h"

void load_exposures(Load *load);
void load_groups(Load *load);

// The refs and sources of a list of "ref('x')" and the like.
void load_dependencies(Load *load, const File *f, Node *n, Value list);

// Evaluates "ref('x')" or "source('a', 'b')" as written in a file and captures what it names.
bool load_capture_reference(Load *load, const File *f, Node *n, Capture *k, Str text);

#endif
