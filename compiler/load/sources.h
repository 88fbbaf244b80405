// Tables of sources.
#ifndef STARC_LOAD_SOURCES_H
#define STARC_LOAD_SOURCES_H
#include "internal.h"

void load_sources(Load *load);

// The keys of `over` over those of `base`, as a new dict; either may be none.
Value load_laid_over(Arena *a, Value base, Value over);

#endif
