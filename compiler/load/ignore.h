// A package's .dbtignore.
#ifndef STARC_LOAD_IGNORE_H
#define STARC_LOAD_IGNORE_H
#include "internal.h"

typedef struct Ignore {
  StrVec patterns;
} Ignore;

void load_read_ignore(Load *load, const Package *p, Ignore *out);

// Whether the file of this path below the package is left out.
bool load_is_ignored(const Ignore *ignore, Str path);

#endif
