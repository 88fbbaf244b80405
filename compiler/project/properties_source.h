// The entries under `sources:` of a schema file.
#ifndef STARC_PROPERTIES_SOURCE_H
#define STARC_PROPERTIES_SOURCE_H
#include "properties_parts.h"

// An item of `sources:`.
PropSource *prop_source(PropReader *r, const Yaml *y);

#endif
