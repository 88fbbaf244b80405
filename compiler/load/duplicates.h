// Nodes that take each other's place.
#ifndef STARC_LOAD_DUPLICATES_H
#define STARC_LOAD_DUPLICATES_H
#include "internal.h"

// Errors of an id, a name or a relation that an enabled node of load->work shares with another.
void load_check_duplicates(Load *load);

#endif
