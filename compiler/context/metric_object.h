// metric() in templates of the semantic layer.
#ifndef STARC_CONTEXT_METRIC_OBJECT_H
#define STARC_CONTEXT_METRIC_OBJECT_H
#include "internal.h"

// What metric() gives. found: its node, or NULL while files are read.
Value metric_value(Arena *a, Str package, Str name, const Node *found);

#endif
