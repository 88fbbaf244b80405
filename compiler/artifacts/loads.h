// loads.json: what a project's loads are and what is known of them since they last ran, for
// programs that want to know, and for commands that ask no source: which columns a load brings. dbt
// has no such artifact, so its shape is starc's own.
#ifndef STARC_ARTIFACTS_LOADS_H
#define STARC_ARTIFACTS_LOADS_H
#include "../graph/node.h"
#include "results.h"

// Whether the project has loads.
bool loads_any(const Graph *g);
// The entries of a file, by unique_id: a dict in the arena; an empty one where there is no such
// file.
Value loads_read(Arena *a, Str path);
// {metadata, loads: {unique_id: {..}}}: the table that each fills, from where, how, and which
// sources read it; no secret of a connection. `columns` and `last_run` are those of `results`
// (NULL: none), else those that the file had. False: recorded.
bool loads_write(const Graph *g, const Results *results, Str path, Diags *diags);

#endif
