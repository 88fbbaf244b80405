// Tables of loads, and the sources that they fill.
#ifndef STARC_LOAD_LOADS_H
#define STARC_LOAD_LOADS_H
#include "internal.h"

// A node for each table of the `loads:` of schema files, into load->nodes.
void load_loads(Load *load);

// A source's table that a load fills needs it from now on: one that names its load, or has the name
// of the load's relation. Called once every node is in the graph.
void load_link_loads(Load *load);

#endif
