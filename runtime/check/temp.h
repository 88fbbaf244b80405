// Where a role may create no schema: all relations of the check are temporary ones, in the one
// schema that a session has for these.
#ifndef STARC_CHECK_TEMP_H
#define STARC_CHECK_TEMP_H
#include "place.h"

// Asks what the role may. p->temp: the schema for temporary relations; it stays empty where schemas
// can be made. In the transaction of the check. False: it may do neither, which is reported.
bool temp_ask(CheckPlace *p);
// All nodes stand in p->temp: those of one name get names of their own. p->project is filled.
void temp_names(CheckPlace *p);
// Whether the node's relation has another name there: a text that names it without its schema finds
// nothing, or another one.
bool temp_renames(const CheckPlace *p, const Node *n);
// A text with the project's names of relations for those of p->temp; of others it has the bare
// name. In the arena.
Str temp_project_names(const CheckPlace *p, Arena *a, Str text);

#endif
