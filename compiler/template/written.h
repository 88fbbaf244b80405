// A template as it was written.
#ifndef STARC_WRITTEN_H
#define STARC_WRITTEN_H
#include "template.h"

// The keyword arguments of the first call of a name in the text, as a dict of texts (strings
// without quotes); empty: there is none.
Value template_written(Arena *a, const Template *t, Str name);

#endif
