// Models whose rows are files, and what else has a place in the project.
#ifndef STARC_LOAD_EXTERNAL_PLACES_H
#define STARC_LOAD_EXTERNAL_PLACES_H
#include "internal.h"

// Errors of enabled external models in load->nodes whose `location` is the project's own (a folder
// that it reads, packages, what starc writes), what a source or a load reads, or another model's.
// Nothing where the target writes no files.
void load_check_external_places(Load *load);

#endif
