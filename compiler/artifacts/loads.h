// loads.json: what a project's loads are, for programs that want to know. dbt has no such artifact,
// so its shape is starc's own.
#ifndef STARC_ARTIFACTS_LOADS_H
#define STARC_ARTIFACTS_LOADS_H
#include "../graph/node.h"

// Whether the project has loads.
bool loads_any(const Graph *g);
// {metadata, loads: {unique_id: {..}}}: the table that each fills, how, and which sources read it;
// no key of a connection. False: recorded.
bool loads_write(const Graph *g, Str path, Diags *diags);

#endif
