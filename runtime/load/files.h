// Files as the source of a load: what its `from:` says of them, and the engine that reads them. In:
// the YAML of the load. Out: a target, whose engine is inside the process, and a location for its
// SQL. Leaves the reading to that engine.
#ifndef STARC_LOAD_FILES_H
#define STARC_LOAD_FILES_H
#include "source_parts.h"

// Reads `from: {type: files}` of the source's load into s->files, and sets s->target to the one of
// an engine that reads them (the project's, if it is inside the process; else one of a temporary
// folder, which goes with the process). s->target NULL: diags say why. What is secret in it is
// shown nowhere from then on.
void load_files_aim(LoadSource *s, Globals *g, Diags *diags);
// Looks which files there are and settles their format; *n: how many, -1: that is not known. False:
// *error, also where there is none: that would read as a table without rows.
bool load_files_look(LoadSource *s, int64_t *n, DbError *error);
// What to do about an error of reading them, as its hint.
void load_files_failed(LoadSource *s, DbError *error);

#endif
