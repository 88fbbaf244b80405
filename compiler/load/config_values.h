// Findings about values of config.
#ifndef STARC_LOAD_CONFIG_VALUES_H
#define STARC_LOAD_CONFIG_VALUES_H
#include "internal.h"

// Errors that no key of the table of config can tell, and which of several disabled files an entry
// switches on.
void load_check_config(Load *load);
// The same of sources, once the graph has them.
void load_check_source_config(Load *load);

#endif
