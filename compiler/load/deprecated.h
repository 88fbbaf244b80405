// Findings that need a linked graph.
#ifndef STARC_LOAD_DEPRECATED_H
#define STARC_LOAD_DEPRECATED_H
#include "internal.h"

// Models past their deprecation date, and who refers to one that has such a date.
void load_check_deprecated(Load *load);

// Blanks in names of sources and semantic models, where the project's flag forbids them.
void load_check_blanks(Load *load);

// Semantic models need a time spine.
void load_check_spines(Load *load);

#endif
