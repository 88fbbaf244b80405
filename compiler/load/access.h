// Findings about groups and access.
#ifndef STARC_LOAD_ACCESS_H
#define STARC_LOAD_ACCESS_H
#include "internal.h"

// Of all nodes of the graph.
void load_check_access(Load *load);

#endif
